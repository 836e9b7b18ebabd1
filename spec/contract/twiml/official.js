// Writes the documents of the contract with Twilio's library for node: node official.js CASES
// CASES is a JSON file. Prints { documents, attributes } as JSON. A document is null if the library does
// not have an element. `attributes` are the names in the library's type definitions, by interface.
const fs = require("fs");
const path = require("path");
const { twiml } = require("twilio");

const roots = { voice: "VoiceResponse", messaging: "MessagingResponse", fax: "FaxResponse" };

// The method for an element: sayAs for say-as, break_ for break.
function methodOf(node, element) {
  const wanted = element.replace(/-/g, "").toLowerCase();
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(node));
  return names.find((name) => name.replace(/_/g, "").toLowerCase() === wanted);
}

function write(one) {
  const root = new twiml[roots[one.kind]]();
  let node = root;
  for (const step of one.path) {
    const method = methodOf(node, step.element);
    if (!method) return null;
    node = node[method](Object.fromEntries(step.attributes), step.text);
  }
  return root.toString();
}

// { SayAttributes: ["voice", …], … }
function readTypes(kind) {
  const file = path.join(path.dirname(require.resolve("twilio")), "twiml", roots[kind] + ".d.ts");
  const found = {};
  for (const [, name, body] of fs.readFileSync(file, "utf8").matchAll(/interface (\w+)Attributes \{([^}]*)\}/g)) {
    const text = body.replace(/\/\*[^]*?\*\//g, "");
    found[name] = [...text.matchAll(/^\s*"?'?([\w:-]+)"?'?\?:/gm)].map((match) => match[1]);
  }
  return found;
}

const cases = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const attributes = {};
for (const kind of Object.keys(roots)) attributes[kind] = readTypes(kind);
console.log(JSON.stringify({ documents: cases.map(write), attributes }));
