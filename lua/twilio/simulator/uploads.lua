--- Uploads of assets and functions, which go to the host serverless-upload. Twilio's documents lack this operation.
local failure = require "twilio.simulator.failure"
local fallback = require "twilio.simulator.fallback"
local multipart = require "twilio.simulator.multipart"
local names = require "twilio.simulator.generic.names"

local uploads = {}

local MEDIA = "multipart/form-data"
local FIELDS = { "Path", "Visibility", "Content" }
local VISIBILITIES = { public = true, private = true, protected = true }

local function refuse(...) failure.raise(400, 20001, string.format(...)) end

local function refuse_value(part, expected)
  refuse("Invalid value '%s' of the parameter '%s': expected %s", part.data, part.name, expected)
end

-- Returns the parts of a request by name.
local function read(context)
  local parts = multipart.read(context.request.headers["content-type"] or "", context.request.body)
  if not parts then refuse("The body is no complete %s", MEDIA) end
  local form = {}
  for _, part in ipairs(parts) do
    local near = names.nearest(part.name, FIELDS)
    if near ~= part.name then refuse("Unknown parameter '%s'%s", part.name, near and (". Did you mean '%s'?"):format(near) or "") end
    form[part.name] = part
  end
  for _, name in ipairs(FIELDS) do
    if not form[name] then refuse("Missing required parameter %s in the post body", name) end
  end
  if not VISIBILITIES[form.Visibility.data] then refuse_value(form.Visibility, "one of public, private, protected") end
  if form.Path.data:sub(1, 1) ~= "/" then refuse_value(form.Path, "a path such as /greeting.mp3") end
  return form
end

-- Returns the handler of the versions of a kind.
-- @param kind "Assets" or "Functions"
local function creating(kind)
  return function(context, service_sid, sid)
    local form, store = read(context), context.store
    local path = ("/v1/Services/%s/%s/%s/Versions"):format(service_sid, kind, sid)
    local status, body, version_sid = fallback.upload(context, "serverless", path, {
      path = form.Path.data, visibility = form.Visibility.data,
    }, form.Content.data)
    store:collection("simulator", "uploads"):add {
      sid = version_sid, path = form.Path.data, visibility = form.Visibility.data, size = #form.Content.data,
      filename = form.Content.filename, content_type = form.Content.content_type,
    }
    return status, body
  end
end

--- All uploads, oldest first, with the sizes of their contents.
function uploads.list(store)
  local list = {}
  for index, upload in ipairs(store:collection("simulator", "uploads"):all()) do
    list[index] = {
      sid = upload.sid, path = upload.path, visibility = upload.visibility, size = upload.size, filename = upload.filename,
      content_type = upload.content_type,
    }
  end
  return list
end

function uploads.routes(service)
  for _, kind in ipairs { "Assets", "Functions" } do
    service:route("POST", "v1/Services/{}/" .. kind .. "/{}/Versions", creating(kind), "serverless-upload", nil, MEDIA)
  end
end

return uploads
