-- For specs of parameters: returns the pairs that a call sends, or the message that it raises.
local support = require "spec.support.client"

local parameters = {}

-- Returns the decoded pairs of a form or query, in the order in which they are sent.
function parameters.pairs_of(text)
  local list = {}
  for pair in (text or ""):gmatch "[^&]+" do
    list[#list + 1] = (pair:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
  end
  return list
end

function parameters.form(call) return parameters.pairs_of(support.sent(call).body) end
function parameters.query(call) return parameters.pairs_of(support.sent(call).url:match "%?(.*)$") end

function parameters.made(params, options)
  local all = { to = "1", from = "2" }
  for name, value in pairs(params) do all[name] = value end
  local list = parameters.form(function(client) client.calls:make(all, options) end)
  local others = {}
  for _, pair in ipairs(list) do
    if pair ~= "To=1" and pair ~= "From=2" then others[#others + 1] = pair end
  end
  return others
end

function parameters.misuse_of(call) return (support.misuse(call, (support.client()))) end

function parameters.refused(params, options)
  return parameters.misuse_of(function(client)
    local all = { to = "1", from = "2" }
    for name, value in pairs(params) do all[name] = value end
    client.calls:make(all, options)
  end)
end

return parameters
