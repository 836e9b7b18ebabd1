rockspec_format = "3.0"
package = "twilio"
version = "scm-1"
source = {
  url = "git+https://github.com/twilio-lua/twilio",
  branch = "main",
}
description = {
  summary = "A client for Twilio's REST API",
  detailed = [[
A C module over libcurl that gives Lua programs the whole of Twilio's REST API: calls, messages and every
other product, as clients, resources and records with methods. For scripts, FreeSWITCH and nginx,
on Lua 5.1 to 5.4 and LuaJIT.]],
  homepage = "https://github.com/twilio-lua/twilio",
  license = "MIT",
  labels = { "twilio", "telephony", "sms", "http", "rest" },
}
dependencies = {
  "lua >= 5.1",
  "lua-cjson >= 2.1.0",
}
-- No header or library names: the headers may lie in a directory that only the compiler knows.
external_dependencies = {
  CURL = {},
  CRYPTO = {},
}
build = {
  type = "builtin",
  copy_directories = {}, -- not doc, whose reference is larger than the module
  modules = {
    ["twilio"] = "lua/twilio.lua",
    ["twilio.canceller"] = "lua/twilio/canceller.lua",
    ["twilio.error_codes"] = "lua/twilio/error_codes.lua",
    ["twilio.explain"] = "lua/twilio/explain.lua",
    ["twilio.hosts"] = "lua/twilio/hosts.lua",
    ["twilio.hosts.cqueues"] = "lua/twilio/hosts/cqueues.lua",
    ["twilio.hosts.luv"] = "lua/twilio/hosts/luv.lua",
    ["twilio.hosts.nginx"] = "lua/twilio/hosts/nginx.lua",
    ["twilio.iterator"] = "lua/twilio/iterator.lua",
    ["twilio.json"] = "lua/twilio/json.lua",
    ["twilio.lists"] = "lua/twilio/lists.lua",
    ["twilio.luv"] = "lua/twilio/luv.lua",
    ["twilio.map"] = "lua/twilio/map.lua",
    ["twilio.mask"] = "lua/twilio/mask.lua",
    ["twilio.page"] = "lua/twilio/page.lua",
    ["twilio.send"] = "lua/twilio/send.lua",
    ["twilio.token"] = "lua/twilio/token.lua",
    ["twilio.waiters"] = "lua/twilio/waiters.lua",
    ["twilio.waiting"] = "lua/twilio/waiting.lua",
    ["twilio.core"] = {
      sources = {
        "src/api/api.c",
        "src/api/lookup.c",
        "src/call/access_token.c",
        "src/call/attempt.c",
        "src/call/engine_methods.c",
        "src/call/request_methods.c",
        "src/call/retry.c",
        "src/client/client.c",
        "src/client/credentials.c",
        "src/client/engine_of_state.c",
        "src/client/options.c",
        "src/client/origin.c",
        "src/module.c",
        "src/request/operation.c",
        "src/request/parameters.c",
        "src/request/path_mask.c",
        "src/request/raw_request.c",
        "src/request/request.c",
        "src/request/resource.c",
        "src/request/value.c",
        "src/response/body.c",
        "src/response/failure.c",
        "src/response/hint.c",
        "src/response/mask.c",
        "src/response/own_secrets.c",
        "src/response/page.c",
        "src/response/record.c",
        "src/response/result.c",
        "src/support/buffer.c",
        "src/support/chunk_cache.c",
        "src/support/misuse.c",
        "src/support/redact.c",
        "src/support/suspend.c",
        "src/support/userdata.c",
        "src/text/dates.c",
        "src/text/headers.c",
        "src/text/integer.c",
        "src/text/json.c",
        "src/text/json_mark.c",
        "src/text/sid.c",
        "src/text/wire_text.c",
        "src/transport/connections.c",
        "src/transport/descriptors.c",
        "src/transport/easy_handle.c",
        "src/transport/engine.c",
        "src/transport/poller.c",
        "src/transport/proxy.c",
        "src/transport/sigpipe.c",
        "src/transport/startup.c",
        "src/transport/tls.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = { "src", "$(CURL_INCDIR)", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "curl", "crypto" },
    },
  },
  -- dlopen and threads are libraries of their own before glibc 2.34
  platforms = {
    linux = { modules = { ["twilio.core"] = { libraries = { "curl", "crypto", "pthread", "dl" } } } },
  },
}
