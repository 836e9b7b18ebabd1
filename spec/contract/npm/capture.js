// Calls every operation with npm's twilio and prints the requests that it makes, one JSON line for each:
//   node capture.js DIRECTORY < calls
// DIRECTORY has the package twilio in its node_modules. arguments.lua prints the calls. A call that makes no
// request gives a line with the field `failure`. Then follow lines with the field `found`: the method and URL of
// everything else that the client leads to. Nothing is sent: the option httpClient receives the requests.
const { createRequire } = require("module");
const lines = require("readline").createInterface({ input: process.stdin });

const twilio = createRequire(`${process.argv[2]}/`)("twilio");

const ACCOUNT = "AC00000000000000000000000000000001";

const plain = (name) => name.replace(/[^a-z0-9]/gi, "").toLowerCase();

// Returns the value of the property whose name is equal apart from case and underscores.
function property(object, name) {
  for (let at = object; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyNames(at).find((key) => plain(key) === plain(name));
    if (found !== undefined) return object[found];
  }
  return undefined;
}

// Follows an accessor: ["api", "v2010", "accounts", ":sid", ...]. ":sid" is an argument of a call. ":" is a call
// without arguments.
function walk(client, accessor, sids) {
  let owner;
  let place = client;
  let used = 0;
  for (let i = 0; i < accessor.length; ) {
    if (accessor[i].startsWith(":")) {
      const args = [];
      for (; i < accessor.length && accessor[i].startsWith(":"); i++) if (accessor[i] !== ":") args.push(sids[used++]);
      if (typeof place !== "function") throw new Error(`${accessor[i - 1]}: nothing to call`);
      place = place.call(owner, ...args);
    } else {
      owner = place;
      place = property(owner, accessor[i]);
      if (place === undefined) throw new Error(`there is no ${accessor[i]}`);
      i++;
    }
  }
  return place;
}

// A list without pages has no method page.
const METHODS = { delete: ["remove"], list: ["page", "list"] };
const SUFFIXES = { ">": "after", "<": "before" };

const OTHER_NAMES = { page: "pagenumber", version: "versionparam" };

// The names of a parameter in JavaScript, without case: "StartTime>" is startTimeAfter, "Page" is pageNumber.
function names_of(name) {
  const suffix = SUFFIXES[name.slice(-1)];
  if (suffix) return [plain(name) + suffix];
  const other = OTHER_NAMES[plain(name)];
  return other ? [plain(name), other] : [plain(name)];
}

// Returns an object with each parameter under any spelling of its name. `unknown` gets the names that are read but
// that are no parameter of the documents.
function bag(params, unknown) {
  const values = new Map();
  for (const param of params) {
    const value = param.date ? new Date(param.value.length === 10 ? `${param.value}T00:00:00Z` : param.value) : param.value;
    for (const name of names_of(param.name)) values.set(name, value);
  }
  return new Proxy({}, {
    get(_, name) {
      if (typeof name !== "string") return undefined;
      if (!values.has(plain(name))) unknown.add(name);
      return values.get(plain(name));
    },
  });
}

// Returns the method and its owner. A resource that takes no SID may have its methods in the result of a call.
function find_method(place, kind) {
  for (const owner of [place, typeof place === "function" && place.length === 0 ? place() : undefined])
    for (const name of METHODS[kind] ?? [kind]) {
      const method = property(owner, name);
      if (typeof method === "function") return [method, owner];
    }
  throw new Error(`there is no method ${kind}`);
}

// Returns the arguments of the method. Some methods take the JSON body as it is, and headers after it.
function arguments_of(method, call, unknown) {
  const signature = method.toString().match(/\(([^)]*)\)/)[1].split(",").map((name) => name.trim());
  if (signature.includes("headers")) {
    const body = {};
    const headers = {};
    for (const param of call.params) (param.place === "header" ? headers : body)[param.name] = param.value;
    return [body, headers];
  }
  return signature.includes("params") ? [bag(call.params, unknown)] : [];
}

const text_of = (value) => (value === null ? "" : String(value));

// The pairs of a query or a form, as the library's HTTP client would send them: arrays repeat the name.
function pairs_of(values) {
  return Object.entries(values ?? {}).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((one) => [name, typeof one === "object" && one !== null ? JSON.stringify(one) : text_of(one)]);
  });
}

// Returns a client that adds its requests to the array.
function new_client(requests) {
  const httpClient = {
    request(options) {
      requests.push(options);
      return Promise.resolve({ statusCode: 200, headers: {}, body: {} });
    },
  };
  return twilio(ACCOUNT, "secret", { httpClient });
}

async function capture(call) {
  const requests = [];
  const unknown = new Set();
  const client = new_client(requests);
  let failure;
  try {
    const [method, owner] = find_method(walk(client, call.accessor, call.sids ?? []), call.kind);
    await method.apply(owner, arguments_of(method, { ...call, params: call.params ?? [] }, unknown)).catch((error) => (failure = error.message));
  } catch (error) {
    failure = error.message;
  }
  if (requests.length !== 1) return { name: call.name, failure: failure ?? `${requests.length} requests` };
  const [{ method, uri, headers, params, data }] = requests;
  const url = new URL(uri);
  const is_json = /json/.test(headers["Content-Type"] ?? "");
  return {
    name: call.name,
    method: method.toUpperCase(),
    url: `${url.origin}${url.pathname}`,
    query: [...url.searchParams, ...pairs_of(params)],
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), text_of(value)])),
    body: is_json && data !== undefined ? JSON.stringify(data) : undefined,
    form: is_json ? [] : pairs_of(data),
    unknown: [...unknown].sort(),
  };
}

// ---- everything that the client leads to ----

const VERBS = ["create", "fetch", "update", "patch", "remove", "page", "list"];
const NOT_FOLLOWED = /^_|^(constructor|prototype|length|name|get|getPage|each|toJSON|twilio|domain)$|WithHttpInfo$/;
const ID = "Zz"; // stands for every SID

const anything = new Proxy({}, { get: (_, name) => (typeof name === "string" ? "x" : undefined) });

function names_in(object) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (!NOT_FOLLOWED.test(name)) names.add(name);
  return [...names];
}

const is_resource = (value) => (typeof value === "object" || typeof value === "function") && value !== null && value._version !== undefined;

// Returns the resource for so many SIDs, or an empty object if it takes more.
function resource_of(place, method, count) {
  try {
    return method.apply(place, Array(count).fill(ID));
  } catch {
    return {};
  }
}

// Calls the methods of a list, a record or a version, and of all resources below it.
async function visit(place) {
  for (const name of names_in(place)) {
    const value = place[name];
    if (typeof value === "function" && VERBS.includes(name)) {
      if (place._domain || (name === "list" && place.page)) continue; // those of a version are for its resources
      const signature = value.toString().match(/\(([^)]*)\)/)[1];
      await Promise.resolve(value.apply(place, signature.includes("params") ? [anything] : [])).catch(() => {}); // the answer is empty
    } else if (is_resource(value)) {
      await visit(value);
    } else if (typeof value === "function" && place._domain && Object.hasOwn(Object.getPrototypeOf(place), name)) {
      // a method of a version takes the SIDs of its resource and, perhaps as the last argument, of a record
      for (const count of [value.length - 1, value.length]) await visit(resource_of(place, value, count));
    }
  }
  if (typeof place.get === "function" && is_resource(place)) await visit(place.get(...Array(place.get.length).fill(ID)));
}

async function find_everything() {
  const requests = [];
  const client = new_client(requests);
  console.warn = () => {}; // old names warn
  for (const product of names_in(client).map((name) => client[name])) {
    if (!product?.baseUrl) continue;
    for (const version of names_in(product).map((name) => product[name])) if (version?._domain === product) await visit(version);
  }
  const found = requests.map(({ method, uri }) => `${method.toUpperCase()} ${uri.split("?")[0].replaceAll(ACCOUNT, "{}").replaceAll(ID, "{}")}`);
  return [...new Set(found)].sort();
}

(async () => {
  for await (const line of lines) console.log(JSON.stringify(await capture(JSON.parse(line))));
  for (const found of await find_everything()) console.log(JSON.stringify({ found }));
})();
