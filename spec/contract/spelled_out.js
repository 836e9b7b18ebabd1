// Prints an OpenAPI document with what goes without saying for the arrays of its forms spelled out: node spelled_out.js document.json
// They are sent as repeated names, OpenAPI's default, and a form cannot say null; but Prism (5.14) takes a property for an
// array only where the document says so and nothing else. Prints nothing for a document without operations: Prism serves none.
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
if (operations.length > 0) process.stdout.write(JSON.stringify(document))
