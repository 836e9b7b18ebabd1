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
completion.takes = {}

local SCRIPTS = {}

-- bash splits --status=busy at "=". The script joins the three words, and takes away from each answer what
-- is before the word at the cursor.
SCRIPTS.bash = [==[
_twilio_lua() {
  local i word line joined= is_open= words=()
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ ${#words[@]} -gt 0 && ( $word == "=" || $is_open ) ]]; then
      joined=${words[${#words[@]}-1]}
      words[${#words[@]}-1]+=$word
    else
      joined=
      words+=("$word")
    fi
    is_open=
    if [[ $word == "=" ]]; then is_open=1 joined+="="; fi
  done
  while IFS= read -r line; do COMPREPLY+=("${line#"$joined"}"); done < <(
    "${COMP_WORDS[0]/#\~/$HOME}" complete-words "${words[@]}" 2>/dev/null)
}
complete -o default -F _twilio_lua twilio-lua
]==]

SCRIPTS.zsh = [==[
#compdef twilio-lua
_twilio_lua() {
  local -a found
  found=("${(@f)$("${words[1]}" complete-words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then compadd -- "${found[@]}"; else compset -P '--*='; _files; fi
}
if [[ "${funcstack[1]}" == _twilio-lua ]]; then _twilio_lua "$@"; else compdef _twilio_lua twilio-lua; fi
]==]

SCRIPTS.fish = [[
function __twilio_lua_complete
  set -l words (commandline -opc)
  set -l prefix (commandline -ct)
  set -l found ($words[1] complete-words $words[2..-1] "$prefix" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    set -l before (string match -r '^--[^=]+=' -- "$prefix")
    for path in (__fish_complete_path (string replace -r '^--[^=]+=' '' -- "$prefix"))
      echo "$before$path"
    end
  end
end
complete -c twilio-lua -f -a '(__twilio_lua_complete)'
]]

function completion.run(words)
  local shell = commands.action("completion", words[1], { "bash", "zsh", "fish" })
  if words[2] then commands.usage("completion", ("unexpected '%s'"):format(words[2])) end
  require("twilio.cli.writer").line((SCRIPTS[shell]:gsub("\n$", "")))
end

return completion
