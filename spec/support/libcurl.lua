--- The libcurl that the module uses, for expectations that do not hold for every TLS library:
--
--   local libcurl = require "spec.support.libcurl"
--   print(libcurl.version, libcurl.tls)   --> 7.88.1 GnuTLS/3.7.9
--   if libcurl.is_gnutls() then return pending "GnuTLS …" end
local probe = require "spec.support.probe"

local libcurl = {}

function libcurl.is_gnutls() return libcurl.tls:find "GnuTLS" ~= nil end

libcurl.version, libcurl.tls = probe("spec/support/version_probe.c", ""):match "^(%S+) (.+)\n$"

return libcurl
