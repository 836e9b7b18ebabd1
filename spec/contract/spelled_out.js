// Prints an OpenAPI document with explicit defaults for the arrays in forms: node spelled_out.js document.json
// By default, OpenAPI sends an array as repeated names. Prism 5.14 recognises an array only if the document
// states this encoding and the property is not nullable. The header Content-Encoding is removed from responses,
// because Prism would send it with a body that is not compressed. The script prints nothing for a document without
// operations, because Prism does not serve it.
const document = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"))

const resolve = (thing) => (thing.$ref ? resolve(thing.$ref.slice(2).split("/").reduce((at, name) => at[name], document)) : thing)

const operations = Object.values(document.paths).flatMap((item) => Object.values(item).filter((value) => value?.responses))

for (const operation of operations) {
  const form = operation.requestBody?.content?.["application/x-www-form-urlencoded"]
  const properties = form ? (resolve(form.schema).properties ?? {}) : {}
  for (const [name, reference] of Object.entries(properties)) {
    const property = resolve(reference)
    if (property.type !== "array") continue
    properties[name] = { ...property, nullable: false }
    form.encoding = { ...form.encoding, [name]: { style: "form", explode: true, ...form.encoding?.[name] } }
  }
}
const headersOf = (operation) => Object.values(operation.responses).map((response) => resolve(response).headers ?? {})
for (const headers of operations.flatMap(headersOf)) delete headers["Content-Encoding"]
if (operations.length > 0) process.stdout.write(JSON.stringify(document))
