--- twilio-lua completion: writes the script that completes words in a shell. The script runs
-- `twilio-lua complete-words`, see twilio.cli.completion.

local commands = require "twilio.cli.commands"

local completion = {}

completion.usage = { "completion bash|zsh|fish" }
completion.text = {
  "Writes a script that completes resources, verbs, parameters and their values.",
  "  bash: twilio-lua completion bash > ~/.local/share/bash-completion/completions/twilio-lua",
  "  zsh:  twilio-lua completion zsh > _twilio-lua, in a directory of $fpath",
  "  fish: twilio-lua completion fish > ~/.config/fish/completions/twilio-lua.fish",
}
completion.options = {}

local SCRIPTS = {}

SCRIPTS.bash = [[
_twilio_lua() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
    "${COMP_WORDS[0]}" complete-words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _twilio_lua twilio-lua
]]

SCRIPTS.zsh = [==[
#compdef twilio-lua
_twilio_lua() {
  local -a found
  found=("${(@f)$("${words[1]}" complete-words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then compadd -- "${found[@]}"; else _files; fi
}
if [[ "${funcstack[1]}" == _twilio-lua ]]; then _twilio_lua "$@"; else compdef _twilio_lua twilio-lua; fi
]==]

SCRIPTS.fish = [[
function __twilio_lua_complete
  set -l words (commandline -opc)
  $words[1] complete-words $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c twilio-lua -a '(__twilio_lua_complete)'
]]

function completion.run(words)
  local script = SCRIPTS[words[1]]
  if not script or words[2] then commands.usage("completion", "takes bash, zsh or fish") end
  require("twilio.cli.writer").line((script:gsub("\n$", "")))
end

return completion
