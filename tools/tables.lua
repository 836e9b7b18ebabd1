-- Writes src/api/api.c, in the format of src/api/api.h, from the result of tree.lua.
local names = require "names"

local M = {}

local MAX_INDEX = 65535
local CLASSES = {
  scalar = 0, boolean = 1, integer = 2, date = 3, date_time = 4, json = 5, array = 6, json_array = 7, map = 8, object = 9, numbered = 10,
}
local LOCATIONS = { query = 0, body = 1, header = 2 }
local REQUIRED, PERSONAL, HARMLESS = 0x40, 0x80, 0x100
local METHODS = { GET = "API_GET", POST = "API_POST", PUT = "API_PUT", PATCH = "API_PATCHES", DELETE = "API_DELETES" }
local CONTENTS = { none = "API_NO_BODY", form = "API_FORM", json = "API_JSON", scim = "API_SCIM" }
local AUTHS = { basic = "API_BASIC", oauth = "API_OAUTH", none = "API_NO_AUTH" }

local function fail(...) error(string.format(...), 0) end

local function checked(count, what)
  if count > MAX_INDEX then fail("%d %s, more than %d", count, what, MAX_INDEX) end
  return count
end

-- ---- strings ----

-- Lays out one pool of terminated strings. A string that is the end of another one shares its bytes.
-- Offset 0 is the empty string. All offsets are below `most`.

local function lay_strings(set, most)
  local reversed = {}
  for text in pairs(set) do
    if text:find("[^ -~]") then fail("string %q is not printable ASCII", text) end
    if text ~= "" then reversed[#reversed + 1] = text:reverse() end
  end
  table.sort(reversed, function(a, b) return a > b end) -- a suffix follows the string that contains it
  local offsets, kept, size = { [""] = 0 }, {}, 1
  local host, host_end
  for _, backwards in ipairs(reversed) do
    if host and host:sub(1, #backwards) == backwards then
      offsets[backwards:reverse()] = host_end - #backwards
    else
      host, host_end = backwards, size + #backwards
      offsets[backwards:reverse()] = size
      kept[#kept + 1] = { text = backwards:reverse(), offset = size }
      size = host_end + 1
    end
  end
  if size > most then fail("%d bytes of strings, more than %d", size, most) end
  return offsets, kept, size
end

-- ---- paths ----

-- The parent of a path is the longest other path of the table that it starts with.

local function parent_of(path) return path:match("^(.+)/[^/]+$") end

-- Returns the paths of the table: those of the operations, and beginnings that several of them share.
local function collect_paths(ops)
  local below, kept, list = {}, {}, {} -- below: how many distinct paths continue a beginning
  for _, op in ipairs(ops) do kept[op.path] = true end
  for _, op in ipairs(ops) do
    local path = op.path
    while path and not below[path] do
      below[path] = 0
      path = parent_of(path)
    end
  end
  for path in pairs(below) do
    local above = parent_of(path)
    if above then below[above] = below[above] + 1 end
  end
  for path, count in pairs(below) do
    if kept[path] or count > 1 or not parent_of(path) then list[#list + 1] = path end
  end
  table.sort(list)
  return list
end

local function lay_paths(ops)
  local list = collect_paths(ops)
  local index, rows = {}, {}
  for i, path in ipairs(list) do
    index[path] = i - 1
    local above = parent_of(path)
    while above and not index[above] do above = parent_of(above) end
    rows[i] = { path = path, parent = above and index[above] + 1 or 0, suffix = path:sub(#(above or "") + 1) }
  end
  checked(#rows, "paths")
  return index, rows
end

-- ---- parameters ----

-- Distinct parameters form a table. The parameters of an operation are a list of indices into it. A
-- list that occurs within another one shares its entries.

local function traits_of(param)
  return LOCATIONS[param.location] + 4 * CLASSES[param.class] + (param.required and REQUIRED or 0) + (param.personal and PERSONAL or 0)
    + (param.harmless and HARMLESS or 0)
end

local function lay_params(ops)
  local rows, index = {}, {}
  local by_key = {}
  for _, op in ipairs(ops) do
    for _, param in ipairs(op.params) do by_key[param.name .. "\0" .. string.format("%03d", traits_of(param))] = param end
  end
  for i, key in ipairs(names.sorted_keys(by_key)) do
    rows[i] = { name = by_key[key].name, traits = traits_of(by_key[key]), param = by_key[key] }
    index[key] = i - 1
  end
  checked(#rows, "distinct parameters")
  return rows, function(param) return index[param.name .. "\0" .. string.format("%03d", traits_of(param))] end
end

-- Two bytes per index, so that string.find finds a list within another one.
local function encode_list(op, index_of)
  local bytes = {}
  for i, param in ipairs(op.params) do
    local index = index_of(param)
    bytes[i] = string.char(math.floor(index / 256), index % 256)
  end
  return table.concat(bytes)
end

local function find_list(all, list)
  local from = 1
  while true do
    local at = all:find(list, from, true)
    if not at then return nil end
    if at % 2 == 1 then return at end
    from = at + 1
  end
end

local function lay_lists(ops, index_of)
  local distinct, order, all, first = {}, {}, "", {}
  for _, op in ipairs(ops) do
    local list = encode_list(op, index_of)
    if not distinct[list] then order[#order + 1] = list end
    distinct[list] = true
  end
  table.sort(order, function(a, b)
    if #a ~= #b then return #a > #b end
    return a < b
  end)
  for _, list in ipairs(order) do
    local at = find_list(all, list)
    if not at then
      at = #all + 1
      all = all .. list
    end
    first[list] = list == "" and 0 or (at - 1) / 2
  end
  local values = {}
  for i = 1, #all, 2 do values[#values + 1] = all:byte(i) * 256 + all:byte(i + 1) end
  checked(#values, "entries of parameter lists")
  return values, function(op) return first[encode_list(op, index_of)] end
end

-- ---- fields ----

-- The field names of a node come from the responses of all its operations. Nodes with the same names
-- share a list.

local function field_names(node)
  local set = {}
  for _, op in ipairs(node.ops) do
    for _, property in ipairs(op.kind ~= "delete" and op.response.properties or {}) do set[property.name] = true end
  end
  local list = names.sorted_keys(set)
  if #list > 255 then fail("%s: %d fields, more than 255", node.full, #list) end
  return list
end

local function lay_fields(nodes)
  local entries, first, by_node = {}, {}, {}
  for _, node in ipairs(nodes) do
    local list = field_names(node)
    local key = table.concat(list, " ")
    if not first[key] then
      first[key] = #list > 0 and #entries or 0
      for _, name in ipairs(list) do entries[#entries + 1] = name end
    end
    by_node[node] = { first = first[key], count = #list }
  end
  checked(#entries, "entries of field lists")
  return entries, by_node
end

-- A field name that is the snake_case of a wire name needs no string: its entry refers to the parameter.
-- Such entries are the largest numbers. Names that are needed as strings anyway remain strings.
local function place_fields(fields, params, strings)
  local first, by_snake, entries = MAX_INDEX + 1 - math.max(#params, 1), {}, {}
  for i, row in ipairs(params) do
    local snake = names.snake(row.name)
    if snake ~= row.name and not by_snake[snake] then by_snake[snake] = first + i - 1 end
  end
  for _, name in ipairs(fields) do
    if not strings[name] and not by_snake[name] then strings[name] = true end
  end
  for i, name in ipairs(fields) do entries[i] = not strings[name] and by_snake[name] or name end
  return entries, first
end

-- ---- layout ----

-- Returns the sorted distinct values, and a table from a value to its index.
local function lay_distinct(values, most, what)
  local set, index = {}, {}
  for _, value in ipairs(values) do set[value] = true end
  local list = names.sorted_keys(set)
  if #list > most then fail("%d %s, more than %d", #list, what, most) end
  for i, value in ipairs(list) do index[value] = i - 1 end
  return list, index
end

-- Computes the offsets and indices of all tables.
local function lay(tree)
  local l = { tree = tree }
  local hosts, sizes, strings = {}, { 0 }, {}
  for _, op in ipairs(tree.ops) do
    hosts[#hosts + 1] = op.host
    sizes[#sizes + 1] = op.max_page
    if op.max_page and op.max_page > MAX_INDEX then fail("%s.%s: page size %d, more than %d", op.document, op.id, op.max_page, MAX_INDEX) end
  end
  l.hosts, l.host_index = lay_distinct(hosts, 255, "products")
  l.sizes, l.size_index = lay_distinct(sizes, 16, "page sizes")
  l.path_index, l.paths = lay_paths(tree.ops)
  l.params, l.param_index = lay_params(tree.ops)
  l.lists, l.first_param = lay_lists(tree.ops, l.param_index)
  l.fields, l.fields_of = lay_fields(tree.nodes)
  checked(#tree.nodes, "nodes")
  checked(#tree.ops, "operations")
  for _, node in ipairs(tree.nodes) do
    strings[node.name] = true
    if #node.ops > 255 then fail("%s: %d operations, more than 255", node.full, #node.ops) end
  end
  for _, row in ipairs(l.paths) do strings[row.suffix] = true end
  for _, row in ipairs(l.params) do strings[row.name] = true end
  for _, host in ipairs(l.hosts) do strings[host] = true end
  for _, verb in ipairs(tree.verbs) do strings[verb.name], strings[verb.fixed], strings[verb.positional] = true, true, true end
  for _, alias in ipairs(tree.aliases) do strings[alias.name] = true end
  for _, fan in ipairs(tree.fans) do strings[fan.param], strings[fan.through], strings[fan.inner] = true, true, true end
  l.field_entries, l.named_field = place_fields(l.fields, l.params, strings)
  l.offsets, l.strings, l.string_bytes = lay_strings(strings, l.named_field)
  return l
end

-- ---- output ----

local function writer()
  local lines = {}
  return lines, function(...) lines[#lines + 1] = string.format(...) end
end

-- Writes a row "{1, 2, API_GET}" with a comment.
local function row(put, values, comment)
  for i, value in ipairs(values) do
    if type(value) == "number" then values[i] = string.format("%d", value) end
  end
  put("  {%s}, /* %s */", table.concat(values, ", "), (comment:gsub("%*/", "* /")))
end

local function numbers(put, list)
  local line = " "
  for _, value in ipairs(list) do
    local item = string.format(" %d,", value)
    if #line + #item > 148 then
      put("%s", line)
      line = " "
    end
    line = line .. item
  end
  put("%s", line)
end

local function quote_char(c)
  if c == "'" or c == "\\" then return "'\\" .. c .. "'" end
  return "'" .. c .. "'"
end

-- Writes single characters, because a C99 compiler need not accept a string literal of this length.
local function put_strings(put, l)
  put("const char api_strings[%d] = {", l.string_bytes)
  put("  0,")
  for _, string_row in ipairs(l.strings) do
    local line = " "
    for c in string_row.text:gmatch(".") do
      local item = quote_char(c) .. ","
      if #line + #item > 148 then
        put("%s", line)
        line = " "
      end
      line = line .. item
    end
    put("%s 0,", line)
  end
  put("};\n")
end

local function put_nodes(put, l)
  put("/* name, parent, called, first_child, first_op, first_field, n_children, n_ops, n_fields, arity, flags */")
  put("const struct api_node api_nodes[%d] = {", #l.tree.nodes)
  for _, node in ipairs(l.tree.nodes) do
    local family, worker = node.target or node, node.shares_ops or node
    local fields = l.fields_of[worker]
    local flags = {}
    if node.transparent then flags[1] = "API_TRANSPARENT" end
    if node.own_account then flags[#flags + 1] = "API_OWN_ACCOUNT" end
    row(put, {
      l.offsets[node.name], node.parent and node.parent.index or 0, (node.called or node).index,
      family.children[1] and family.children[1].index or 0, worker.ops[1] and worker.ops[1].index or 0, fields.first,
      #family.children, #worker.ops, fields.count, node.arity, flags[1] and table.concat(flags, " | ") or 0,
    }, string.format("%d %s", node.index, node.parent and node.full or "the client"))
  end
  put("};\n")
end

local function bits_of(set)
  local bits = 0
  for position in pairs(set) do bits = bits + 2 ^ (position - 1) end
  return bits
end

local function put_ops(put, l)
  put("/* path, first_param, n_params, product, kind, method, content, auth, n_path, suffix, open, scim, max_page, strings, "
    .. "is_idempotent, repeats */")
  put("const struct api_op api_ops[%d] = {", #l.tree.ops)
  for _, op in ipairs(l.tree.ops) do
    row(put, {
      l.path_index[op.path], l.first_param(op), #op.params, l.host_index[op.host],
      "API_" .. op.kind:upper(), METHODS[op.method], CONTENTS[op.content], AUTHS[op.auth], #op.path_params,
      op.suffix == ".json" and 1 or 0, op.open and 1 or 0, op.response.scim and 1 or 0, l.size_index[op.max_page or 0],
      op.response.strings and 1 or 0, op.idempotent and 1 or 0, bits_of(op.repeats),
    }, string.format("%d %s.%s", op.index, op.document, op.id))
  end
  put("};\n")
end

local function put_paths(put, l)
  put("const struct api_path api_paths[%d] = {", #l.paths)
  for i, path in ipairs(l.paths) do row(put, { path.parent, l.offsets[path.suffix] }, string.format("%d %s", i - 1, path.path)) end
  put("};\n")
end

local function put_params(put, l)
  put("const struct api_param api_param_table[%d] = {", math.max(#l.params, 1))
  for i, param in ipairs(l.params) do
    row(put, { l.offsets[param.name], string.format("0x%02x", param.traits) },
      string.format("%d %s: %s, %s", i - 1, param.name, param.param.location, param.param.class:gsub("_", " ")))
  end
  if #l.params == 0 then put("  {0, 0},") end
  put("};\n")
  put("const uint16_t api_params[%d] = {", math.max(#l.lists, 1))
  numbers(put, #l.lists > 0 and l.lists or { 0 })
  put("};\n")
end

local function put_fields(put, l)
  local offsets = {}
  for i, entry in ipairs(l.field_entries) do offsets[i] = l.offsets[entry] or entry end
  put("const uint16_t api_fields[%d] = {", math.max(#offsets, 1))
  numbers(put, #offsets > 0 and offsets or { 0 })
  put("};")
  put("const uint16_t api_named_field = %d;\n", l.named_field)
end

local function put_small(put, l)
  local hosts = {}
  for i, host in ipairs(l.hosts) do hosts[i] = l.offsets[host] end
  put("const uint16_t api_products[%d] = {", #hosts)
  numbers(put, hosts)
  put("};\n")
  put("const uint16_t api_page_sizes[%d] = {", #l.sizes)
  numbers(put, l.sizes)
  put("};\n")
end

-- C has no empty arrays. An empty table gets one row of zeroes, which its count does not include.
local function put_rows(put, kind, array, list, columns, write)
  put("/* %s */", columns)
  put("const struct %s %s[%d] = {", kind, array, math.max(#list, 1))
  for _, item in ipairs(list) do write(item) end
  if #list == 0 then put("  {0},") end
  put("};\n")
end

local function put_own(put, l)
  local offsets, tree = l.offsets, l.tree
  put_rows(put, "api_verb", "api_verbs", tree.verbs, "node, name, op, fixed, positional", function(verb)
    row(put, { verb.node.index, offsets[verb.name], verb.op.index, offsets[verb.fixed], offsets[verb.positional] },
      string.format("%s:%s = %s.%s", verb.node.full, verb.name, verb.op.document, verb.op.id))
  end)
  put_rows(put, "api_alias", "api_aliases", tree.aliases, "op, name, target, reroute", function(alias)
    local target = alias.reroute and alias.reroute.index or alias.target
    row(put, { alias.op.index, offsets[alias.name], target, alias.reroute and 1 or 0 },
      string.format("%s.%s %s = %s", alias.op.document, alias.op.id, alias.name,
        alias.reroute and alias.reroute.document .. "." .. alias.reroute.id or alias.op.params[alias.target + 1].name))
  end)
  put_rows(put, "api_fan", "api_fans", tree.fans, "node, param, outer, through, inner", function(fan)
    row(put, { fan.node.index, offsets[fan.param], fan.outer.index, offsets[fan.through], offsets[fan.inner] },
      string.format("%s %s", fan.node.full, fan.param))
  end)
end

local function sizes_of(l)
  local t = l.tree
  local sizes = {
    { "strings", l.string_bytes }, { "nodes", #t.nodes * 16 }, { "operations", #t.ops * 10 }, { "paths", #l.paths * 4 },
    { "parameters", #l.params * 4 }, { "parameter lists", #l.lists * 2 }, { "fields", #l.fields * 2 },
    { "the rest", (#l.hosts + #l.sizes) * 2 + (#t.verbs + #t.fans) * 10 + #t.aliases * 8 },
  }
  local total = 0
  for _, size in ipairs(sizes) do total = total + size[2] end
  return sizes, total
end

-- Returns the text of api.c and the sizes of its tables.
function M.write(tree)
  local l = lay(tree)
  local lines, put = writer()
  put("/* Generated by tools/generate.lua from Twilio's OpenAPI documents and tools/own.json: do not edit. See api.h. */")
  put('#include "api/api.h"\n')
  put("/* clang-format off */\n")
  put_nodes(put, l)
  put_ops(put, l)
  put_paths(put, l)
  put_params(put, l)
  put_fields(put, l)
  put_small(put, l)
  put_own(put, l)
  put_strings(put, l)
  put("const uint16_t api_node_count = %d, api_op_count = %d, api_param_count = %d;", #tree.nodes, #tree.ops, #l.params)
  put("const uint16_t api_verb_count = %d, api_alias_count = %d, api_fan_count = %d;", #tree.verbs, #tree.aliases, #tree.fans)
  local sizes, total = sizes_of(l)
  return table.concat(lines, "\n") .. "\n", { sizes = sizes, total = total }
end

return M
