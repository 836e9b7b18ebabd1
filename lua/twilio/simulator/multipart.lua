--- Reads bodies of the type multipart/form-data.
local multipart = {}

-- Returns the value of a parameter of a header, such as name="Content".
local function parameter(header, name)
  return header:match("[;%s]" .. name .. '="([^"]*)"') or header:match("[;%s]" .. name .. "=([^;%s]+)")
end

local function read_part(text)
  local head, data = text:match "^(.-)\r\n\r\n(.*)$"
  if not head then return nil end
  local headers = {}
  for name, value in head:gmatch "([%w-]+):[ \t]*([^\r\n]*)" do headers[name:lower()] = value end
  local disposition = headers["content-disposition"] or ""
  local name = parameter(disposition, "name")
  return name and { name = name, filename = parameter(disposition, "filename"), content_type = headers["content-type"], data = data }
end

--- Reads a body.
-- @param media the header Content-Type, which has the boundary of the parts
-- @return an array of { name, filename or nil, content_type or nil, data }; nil if the body is damaged
function multipart.read(media, body)
  local boundary = parameter(media, "boundary")
  if not boundary then return nil end
  local delimiter, parts = "\r\n--" .. boundary, {}
  local text, at = "\r\n" .. body, 1
  local first, last = text:find(delimiter, at, true)
  while first do
    if text:sub(last + 1, last + 2) == "--" then return parts end
    at = last + 1
    first, last = text:find(delimiter, at, true)
    local piece = first and text:sub(at, first - 1):match "^[ \t]*\r\n(.*)$"
    local part = piece and read_part(piece)
    if not part then return nil end
    parts[#parts + 1] = part
  end
  return nil -- without its last boundary
end

return multipart
