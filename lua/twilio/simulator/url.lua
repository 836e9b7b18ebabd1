--- URLs: their parts, and relative ones.
local url = {}

--- Splits a URL.
-- @return { scheme, host, port, authority, user, target }; nil if it is no HTTP URL
function url.split(text)
  local scheme, authority, target = text:match "^(%a+)://([^/?#]*)([^#]*)"
  scheme = scheme and scheme:lower()
  if scheme ~= "http" and scheme ~= "https" then return nil end
  local user, place = authority:match "^(.*)@([^@]*)$"
  place = place or authority
  local host, port = place:match "^%[(.-)%]:?(%d*)$"
  if not host then host, port = place:match "^([^:]*):?(%d*)$" end
  if not host or host == "" then return nil end
  if target == "" or target:sub(1, 1) == "?" then target = "/" .. target end
  return {
    scheme = scheme, host = host, port = tonumber(port) or (scheme == "https" and 443 or 80), authority = place, user = user, target = target,
  }
end

local function without_dots(path)
  local segments, last = {}, nil
  for segment in (path:sub(2) .. "/"):gmatch "([^/]*)/" do
    last = segment
    if segment == ".." then
      table.remove(segments)
    elseif segment ~= "." then
      segments[#segments + 1] = segment
    end
  end
  if last == "." or last == ".." then segments[#segments + 1] = "" end
  return "/" .. table.concat(segments, "/")
end

--- Returns a URL in a document: relative to the URL of the document, or to --webhook-base.
-- @return nil if a relative URL has no base
function url.resolve(base, text)
  if text:match "^%a[%w+.-]*:" then return text end
  if not base then return nil end
  local plain = base:match "^[^#]*"
  local scheme, authority, path = plain:match "^(%a+)://([^/?]*)([^?]*)"
  if not scheme then return nil end
  if text == "" then return plain end
  if text:sub(1, 2) == "//" then return scheme .. ":" .. text end
  local root = scheme .. "://" .. authority
  if text:sub(1, 1) == "/" then return root .. text end
  if path == "" then path = "/" end
  if text:sub(1, 1) == "?" then return root .. path .. text end
  local whole, query = (path:match "^(.*/)" .. text):match "^([^?#]*)(.*)$"
  return root .. without_dots(whole) .. query
end

return url
