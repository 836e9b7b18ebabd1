--- The libcurl that the module uses, for expectations that do not hold for every TLS library:
--
--   local libcurl = require "spec.support.libcurl"
--   print(libcurl.version, libcurl.tls)   --> 7.88.1 GnuTLS/3.7.9
--   if libcurl.is_gnutls() then return pending "GnuTLS …" end
--   local outcome = libcurl.since("8.5.0") and "x8" or "x4"
local probe = require "spec.support.probe"

local libcurl = {}

function libcurl.is_gnutls() return libcurl.tls:find "GnuTLS" ~= nil end

local function number_of(version)
  local major, minor, patch = version:match "^(%d+)%.(%d+)%.(%d+)"
  return major * 1000000 + minor * 1000 + patch
end

--- Returns whether the version is this one or a later one.
function libcurl.since(version) return number_of(libcurl.version) >= number_of(version) end

libcurl.version, libcurl.tls = probe("spec/support/version_probe.c", ""):match "^(%S+) (.+)\n$"

return libcurl
