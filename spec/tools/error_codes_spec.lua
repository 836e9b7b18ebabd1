-- Runs the generator of the error codes on lists that it must accept and on lists that it must refuse.
local shell = require "spec.support.shell"
local sources = dofile "tools/sources.lua"

local HEADER = "code\tlevel\tproduct\ttitle\n"

describe("tools/error_codes.lua", function()
  local root

  before_each(function()
    root = shell.directory()
    shell.must(("mkdir -p %s/lua/twilio %s/doc"):format(root, root))
  end)
  after_each(function() shell.must("rm -rf " .. root) end)

  local function generate(list)
    shell.write(root .. "/codes.tsv", list)
    return shell.run(("%s tools/error_codes.lua %s/codes.tsv %s"):format(shell.quote(shell.interpreter()), root, root))
  end

  local function generated(list)
    local ok, output = generate(list)
    if not ok then error(output) end
    local module = assert(loadfile(root .. "/lua/twilio/error_codes.lua"))()
    return module, sources.read_file(root .. "/doc/error-codes.md")
  end

  it("writes blocks of a hundred codes in the order of the codes", function()
    local module = generated(HEADER .. "21302\tWARNING\tVerify\tTwo\n404\tERROR\tmiscellaneous\tNot  Found\n21301\t\tVerify\tOne: 'x'\n")
    assert.equal("\n=4\n04ANot Found\n=213\n01B?One: 'x'\n02B!Two\n", module.text)
    assert.same({ A = "Miscellaneous", B = "Verify" }, module.products)
  end)

  it("writes each product in one way", function()
    local module = generated(HEADER .. "1\tERROR\tprogrammable_sms\ta\n2\tERROR\tProgrammable SMS\tb\n3\tERROR\telastic_sip_trunking\tc\n"
      .. "4\tERROR\tElastic SIP Trunking\td\n5\tERROR\tai_assistants\te\n6\tERROR\torganizations_api\tf\n")
    assert.same({ A = "AI Assistants", B = "Elastic SIP Trunking", C = "Organizations API", D = "Programmable SMS" }, module.products)
  end)

  it("writes a page with a table for each product, and the titles escaped", function()
    local _, page = generated(HEADER .. "13221\tWARNING\tprogrammable_voice\t<Dial>: a|b *c* [d] `e` f_g\n")
    assert.matches("\n- [Programmable Voice](#programmable-voice): 1\n", page, 1, true)
    assert.matches("\n## Programmable Voice\n\n| code | level | title |\n|---|---|---|\n| [13221](https://www.twilio.com/docs/api/errors/13221)"
      .. " | warning | \\<Dial\\>: a\\|b \\*c\\* \\[d\\] \\`e\\` f\\_g |\n", page, 1, true)
  end)

  it("refuses a list that is not as expected, and writes nothing", function()
    local lists = {
      ["the first line is not the expected header"] = "code\ttitle\n1\ta\n",
      ["the list has no codes"] = HEADER,
      ["line 2 is not valid: x\tERROR\ta\tb"] = HEADER .. "x\tERROR\ta\tb\n",
      ["line 2 is not valid: 1\tNOTICE\ta\tb"] = HEADER .. "1\tNOTICE\ta\tb\n",
      ["line 2 is not valid: 1\tERROR\ta"] = HEADER .. "1\tERROR\ta\n",
      ["line 2 is not valid: 1\tERROR\ta\tb\tc"] = HEADER .. "1\tERROR\ta\tb\tc\n",
      ["line 2 is not valid: 1\tERROR\ta\t!b"] = HEADER .. "1\tERROR\ta\t!b\n",
      ["line 3 repeats the code 1"] = HEADER .. "1\tERROR\ta\tb\n1\tERROR\ta\tc\n",
      ["a title contains ]=]"] = HEADER .. "1\tERROR\ta\tb]=]c\n",
    }
    for message, list in pairs(lists) do
      local ok, output = generate(list)
      assert.is_false(ok, message)
      assert.equal("error_codes: " .. message .. "\n", output)
    end
    assert.equal("", shell.must(("find %s/lua %s/doc -type f"):format(root, root)))
    assert.is_false((shell.run(shell.quote(shell.interpreter()) .. " tools/error_codes.lua codes.tsv")))
  end)

  it("writes the committed files from the list of codes, in every Lua", function()
    local list = "../shared/api/error_codes.tsv"
    local file = io.open(list)
    if not file then return pending("no " .. list) end
    file:close()
    generated(sources.read_file(list))
    for _, path in ipairs { "lua/twilio/error_codes.lua", "doc/error-codes.md" } do
      assert.is_true(sources.read_file(path) == sources.read_file(root .. "/" .. path), path .. " differs: make error-codes writes it")
    end
  end)
end)
