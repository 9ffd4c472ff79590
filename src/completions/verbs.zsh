#compdef @program@
# zsh completion for @program@

local curcontext=$curcontext state line
local -a verbs

verbs=(
@@verbs
)
_arguments -C \
	'(- *)'{-h,--help}'[print the verbs and exit]' \
	'(- *)--version[print the version and exit]' \
@@default-options
	'1:verb:->verb' \
	'*::argument:->argument' && return

case $state in
@@strict
verb) _describe verb verbs ;;
@@mixed
verb) _describe verb verbs; _files ;;
@@both
argument)
	case $words[1] in
@@verb-cases
	esac
	;;
esac
