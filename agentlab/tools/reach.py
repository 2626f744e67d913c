"""What asks the web for a tool, made with the first call: its library takes longer to load than all the tools together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.web import Web


def web_of(settings: Settings) -> Callable[[], Web]:
    """Gives one ``Web`` with the allow-list, the timeout and the size limit of ``settings``."""

    @cache
    def web() -> Web:
        from agentlab.tools.egress import Egress
        from agentlab.tools.web import Web

        return Web(Egress(settings.egress_allow), settings.http_timeout_s, settings.http_max_bytes)

    return web
