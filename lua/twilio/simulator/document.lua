--- TwiML documents: reads the answer of a webhook.
local parser = require "twilio.twiml_parser"

local document = {}

local XML = { ["text/xml"] = true, ["application/xml"] = true, ["text/html"] = true, ["application/twiml+xml"] = true }

--- Returns the elements inside of an element.
function document.children(element)
  local found = {}
  for _, content in ipairs(element) do
    if type(content) == "table" and content.name then found[#found + 1] = content end
  end
  return found
end

--- Returns the text of an element and of all elements in it, with single spaces.
function document.text(element)
  local parts = {}
  local function add(node)
    for _, content in ipairs(node) do
      if type(content) == "string" then
        parts[#parts + 1] = content
      elseif content.name then
        add(content)
      end
    end
  end
  add(element)
  return (table.concat(parts):gsub("%s+", " "):match "^ ?(.-) ?$")
end

--- Returns an attribute as it was written, or a default.
function document.attribute(element, name, default)
  local value = element.attributes and element.attributes[name]
  if value == nil or value == "" then return default end
  return value
end

--- Returns an attribute as a number. A text that is no number counts as absent.
function document.number(element, name, default)
  return tonumber(document.attribute(element, name)) or default
end

--- Returns whether an attribute is "true".
function document.is_true(element, name, default)
  return document.attribute(element, name, default and "true" or "false"):lower() == "true"
end

--- Reads TwiML.
-- @return the root element; or nil, Twilio's error code and a message
function document.parse(text)
  local root, message = parser.read(text)
  if not root then return nil, 12100, message end
  return root
end

--- Reads the answer of a webhook: TwiML, a plain text to say, or audio to play.
-- @param result see Webhooks:send
-- @return the root element; or nil, Twilio's error code and a message
function document.read(result)
  if result.error_code then return nil, result.error_code, result.message end
  local kind = (result.headers["content-type"] or ""):match "^[^;%s]*":lower()
  if XML[kind] then return document.parse(result.body) end
  if kind == "text/plain" then return { name = "Response", { name = "Say", result.body } } end
  if kind:match "^audio/" then return { name = "Response", { name = "Play", result.url } } end
  return nil, 12300, "the Content-Type of the answer is " .. (kind == "" and "missing" or "'" .. kind .. "'")
end

return document
