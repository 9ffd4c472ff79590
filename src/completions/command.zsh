#compdef @program@
# zsh completion for @program@

_arguments -s -S -A '-*' \
@@arguments
	'(-)1:command: _command_names -e' \
	'*::argument: _normal'
