-- The committed reference: whole, and its links lead somewhere. How its pages are written is in surface_spec.lua.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local names = require "names"
local shell = require "spec.support.shell"
local sources = require "sources"

local ROOT = "doc/reference/"

local pages, anchors = {}, {}
for _, path in ipairs(shell.lines(shell.must("ls " .. ROOT))) do pages[path] = sources.read_file(ROOT .. path) end

-- GitHub's names of a page's headings.
for path, text in pairs(pages) do
  anchors[path] = {}
  for heading in text:gmatch "\n#+ ([^\n]+)" do
    local anchor = heading:lower():gsub("[^%w_%- ]", ""):gsub(" ", "-")
    assert(not anchors[path][anchor], path .. " has two headings " .. heading)
    anchors[path][anchor] = true
  end
end

describe("the reference", function()
  it("has an index that lists every page, and is reached from each", function()
    for path, text in pairs(pages) do
      if path ~= "README.md" then
        assert.is_truthy(pages["README.md"]:find("](" .. path .. ")", 1, true), path)
        assert.is_truthy(text:find("\n[All products](README.md)\n", 1, true), path)
      end
    end
  end)

  it("has only links that lead somewhere", function()
    for path, text in pairs(pages) do
      for target, anchor in text:gmatch "%]%(([^)#]*)#?([^)]*)%)" do
        local page = target == "" and path or target
        if pages[page] then
          assert.is_true(anchor == "" or anchors[page][anchor], path .. ": " .. page .. "#" .. anchor)
        else
          local file = io.open(ROOT .. page)
          assert.is_truthy(file, path .. ": " .. page)
          file:close()
        end
      end
    end
  end)

  it("has tables whose rows have as many cells as their heads", function()
    for path, text in pairs(pages) do
      local cells
      for line in text:gmatch "([^\n]*)\n" do
        if line:sub(1, 1) == "|" then
          local _, n = line:gsub("\\|", ""):gsub("|", "")
          cells = cells or n
          assert.equal(cells, n, path .. ": " .. line)
        else
          cells = nil
        end
      end
    end
  end)

  it("is shown whole by GitHub", function()
    for path, text in pairs(pages) do assert.is_true(#text < 500 * 1000, path) end
  end)

  it("has every operation with its parameters", function()
    if not shell.has "cc" then return pending "no cc" end
    local t = dump.read "."
    local missing = {}
    for i = 0, #t.ops do
      local op = t.ops[i]
      local page = pages[op.host:gsub("-", "_") .. ".md"]
      if not page or not page:find(("`%s %s`"):format(op.method, op.path), 1, true) then missing[#missing + 1] = op.path end
      for _, param in ipairs(op.params) do
        local name = names.snake(param.name):gsub("%d+", function(digits) return tonumber(digits) > 1 and tonumber(digits) < 99 and "1" or nil end)
        if not page:find("`" .. name .. "`", 1, true) and not page:find("`" .. names.snake(param.name) .. "`", 1, true) then
          missing[#missing + 1] = op.path .. " " .. param.name
        end
      end
    end
    assert.same({}, missing)
  end)
end)
