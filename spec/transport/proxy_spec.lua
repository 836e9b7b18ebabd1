-- URLs of proxies. spec/client/client_spec.lua has the option `proxy`.
local coverage = require "spec.support.coverage"
local probe = require "spec.support.probe"
local shell = require "spec.support.shell"

local PROBE = "spec/support/proxy_probe.c"

local function ask(urls)
  local quoted = {}
  for i, url in ipairs(urls) do quoted[i] = shell.quote(url) end
  local output, lines = probe(PROBE, "-fsanitize=address,undefined", table.concat(quoted, " ")), {}
  for line in output:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

describe("proxy", function()
  it("accepts a URL, with or without a scheme, and returns what follows the user", function()
    assert.same({ "proxy:3128", "proxy", "10.0.0.1:80/path", "[::1]:1080", "bücher.example" }, ask {
      "proxy:3128", "HTTP://proxy", "https://user:p%40ss@10.0.0.1:80/path", "socks5h://[::1]:1080", "bücher.example",
    })
  end)

  it("refuses a URL that readers may understand differently", function()
    local user = "in user and password, write '@' as %40, '/' as %2F, '?' as %3F, '#' as %23, '\\' as %5C, '[' as %5B and ']' as %5D"
    local host = "it has no host, or its host has an invalid character"
    local port = "only ':' and a port from 1 to 65535 may follow its host"
    assert.same({
      "its scheme must be http, https, socks4, socks4a, socks5 or socks5h", user, user, user, host, port, port, port, port,
      "it contains a blank or a control character", "it contains a blank or a control character",
    }, ask {
      "ftp://proxy", "u:a@b@proxy", "u:a/b@proxy", "u:a#b@proxy", "http://", "pro!xy", "proxy:", "proxy:0", "proxy:65536", "a proxy", "a\127proxy",
    })
  end)

  it("takes the proxy of the environment from the first variable that is set and not empty", function()
    local function environment(assignments)
      local none = "https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY= "
      local directory = shell.directory()
      shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE -Isrc -o %s/probe %s src/transport/proxy.c %s"):format(directory, PROBE, coverage.flags(PROBE)))
      local output = shell.must(none .. assignments .. " " .. directory .. "/probe")
      shell.run("rm -rf " .. directory)
      return output
    end
    assert.equal("none \n", environment "http_proxy=a")
    assert.equal("https_proxy a\n", environment "https_proxy=a HTTPS_PROXY=b ALL_PROXY=c")
    assert.equal("HTTPS_PROXY b\n", environment "HTTPS_PROXY=b all_proxy=c")
    assert.equal("ALL_PROXY c\n", environment "ALL_PROXY=c")
  end)
end)
