-- CSV from arbitrary bytes. A text in quotes is read as it is.
local csv = require "twilio.csv"

return function(text)
  local it = csv.parse(text)
  pcall(function()
    for row in it do assert(type(row) == "table") end
  end)
  local row = csv.parse('a,b\r\n"' .. text:gsub('"', '""') .. '",x\r\n')()
  assert(row.a == text and row.b == "x", "the field has another text")
end
