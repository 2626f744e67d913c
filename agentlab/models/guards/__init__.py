"""What stands around a call of a model: a cache, a circuit breaker for each model, and a limit of calls a minute.

In memory (the cache on disk), or shared by everyone on a Redis where ``AGENTLAB_REDIS_URL`` names one. A Redis that is
away never fails a call: this process then goes by its own memory until the Redis is back.
"""

from agentlab.models.guards.breakers import Breakers
from agentlab.models.guards.cache import ResponseCache
from agentlab.models.guards.opening import Guards, open_guards
from agentlab.models.guards.rates import Rates
from agentlab.models.guards.states import BreakerState, GuardStates, RateState, SharedState
from agentlab.models.guards.waiting import Clock, Patience

__all__ = [
    "BreakerState",
    "Breakers",
    "Clock",
    "GuardStates",
    "Guards",
    "Patience",
    "RateState",
    "Rates",
    "ResponseCache",
    "SharedState",
    "open_guards",
]
