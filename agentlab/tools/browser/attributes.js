// Text and attributes of each element; addresses in full.
(elements) => elements.slice(0, 1000).map((element) => {
  const found = { text: (element.innerText || element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 2000), href: "" };
  for (const { name, value } of [...element.attributes].slice(0, 40)) {
    if (name !== "style" && !name.startsWith("on")) found[name] = value.slice(0, 2000);
  }
  for (const name of ["href", "src", "action"]) {
    if (element.hasAttribute(name) && typeof element[name] === "string") found[name] = element[name].slice(0, 2000);
  }
  if ("checked" in element && ["checkbox", "radio"].includes(element.type)) found.checked = element.checked;
  if (typeof element.value === "string" && element.type !== "password" && element.value) found.value = element.value.slice(0, 2000);
  return found;
})
