--- The page of the simulator: serves the files of the folder page/.
local page = {}

local FOLDER = debug.getinfo(1, "S").source:match "^@(.*)%.lua$" or error "the page needs this module as a file"

local TYPES = { html = "text/html; charset=utf-8", css = "text/css; charset=utf-8", js = "text/javascript; charset=utf-8" }

-- The page loads nothing from other hosts. It has no inline scripts and styles, so text that comes from outside
-- cannot become a script even if the page forgot to escape it.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
  .. "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

local function read(name)
  local file = io.open(FOLDER .. "/" .. name, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

-- Returns the name of the file for a path. Names have no slash, so no path leaves the folder.
local function name_of(path)
  if path == "/" then return "index.html" end
  return path:match "^/_/page/([%l_]+%.%l+)$"
end

--- Returns the response to a request for a file of the page; nil for all other requests.
function page.answer(request)
  if request.method ~= "GET" and request.method ~= "HEAD" then return nil end
  local name = name_of(request.path)
  local kind = name and TYPES[name:match "%.(%l+)$"]
  local text = kind and read(name)
  if not text then return nil end
  return {
    status = 200, body = text,
    headers = {
      "Content-Type: " .. kind, "Cache-Control: no-store", "Content-Security-Policy: " .. POLICY,
      "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
    },
  }
end

return page
