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
    ["twilio.hosts"] = "lua/twilio/hosts.lua",
    ["twilio.iterator"] = "lua/twilio/iterator.lua",
    ["twilio.json"] = "lua/twilio/json.lua",
    ["twilio.lists"] = "lua/twilio/lists.lua",
    ["twilio.luv"] = "lua/twilio/luv.lua",
    ["twilio.map"] = "lua/twilio/map.lua",
    ["twilio.mask"] = "lua/twilio/mask.lua",
    ["twilio.nginx"] = "lua/twilio/nginx.lua",
    ["twilio.page"] = "lua/twilio/page.lua",
    ["twilio.send"] = "lua/twilio/send.lua",
    ["twilio.token"] = "lua/twilio/token.lua",
    ["twilio.wait"] = "lua/twilio/wait.lua",
    ["twilio.waiters"] = "lua/twilio/waiters.lua",
    ["twilio.core"] = {
      sources = {
        "src/answer.c",
        "src/api.c",
        "src/buffer.c",
        "src/client.c",
        "src/core.c",
        "src/credentials.c",
        "src/dates.c",
        "src/encode.c",
        "src/engine.c",
        "src/failure.c",
        "src/handle.c",
        "src/head.c",
        "src/hint.c",
        "src/integer.c",
        "src/json.c",
        "src/json_mark.c",
        "src/layer.c",
        "src/loop.c",
        "src/mask.c",
        "src/misuse.c",
        "src/operation.c",
        "src/options.c",
        "src/paging.c",
        "src/parameters.c",
        "src/pool.c",
        "src/process.c",
        "src/proxy.c",
        "src/raw.c",
        "src/record.c",
        "src/redact.c",
        "src/request.c",
        "src/resource.c",
        "src/response.c",
        "src/retry.c",
        "src/secrets.c",
        "src/suspend.c",
        "src/tls.c",
        "src/token.c",
        "src/userdata.c",
        "src/watch.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = { "$(CURL_INCDIR)", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "curl", "crypto" },
    },
  },
  -- dlopen and threads are libraries of their own before glibc 2.34
  platforms = {
    linux = { modules = { ["twilio.core"] = { libraries = { "curl", "crypto", "pthread", "dl" } } } },
  },
}
