# bash completion for @program@

# The value of option $1: sets takes (no, maybe, yes) and kind (file, the possible words, or nothing).
_@program@_option()
{
	case $1 in
@@option-cases
	*) takes=no kind='' ;;
	esac
}

# Completes $cur according to kind, with $1 in front of it.
_@program@_value()
{
	if [[ $kind == file ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -P "$1" -f -- "$cur")
	elif [[ -n $kind ]]; then
		mapfile -t COMPREPLY < <(compgen -P "$1" -W "$kind" -- "$cur")
	fi
}

# Completes the command, which begins at word $1.
_@program@_command()
{
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_@program@()
{
	local i=1 word letters takes kind cur=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	while ((i < COMP_CWORD)); do
		word=${COMP_WORDS[i]} takes=no
		case $word in
		--)
			_@program@_command $((i + 1))
			return
			;;
		--*=*) ;;
		--*)
			_@program@_option "$word"
			# bash splits at =, which may be the word at the cursor.
			if [[ ${COMP_WORDS[i + 1]} == = ]]; then
				takes=yes
				((++i))
				((i < COMP_CWORD)) || cur=
			fi
			;;
		-?*)
			for ((letters = 1; letters < ${#word}; letters++)); do
				_@program@_option "-${word:letters:1}"
				[[ $takes == no ]] || break
			done
			# The rest of the word is the value.
			((letters >= ${#word} - 1)) || takes=no
			;;
		*)
			_@program@_command "$i"
			return
			;;
		esac
		((++i))
		if [[ $takes == yes ]]; then
			if ((i >= COMP_CWORD)); then
				_@program@_value ''
				return
			fi
			((++i))
		fi
		# A value may contain =, such as now,fail=1.
		while [[ ${COMP_WORDS[i]} == = ]] && ((i < COMP_CWORD)); do
			((i += 2))
		done
	done
	case $cur in
	--*=*)
		word=${cur%%=*} cur=${cur#*=}
		_@program@_option "$word"
		_@program@_value "$word="
		;;
	-*) mapfile -t COMPREPLY < <(compgen -W '@spellings@' -- "$cur") ;;
	*) _@program@_command "$COMP_CWORD" ;;
	esac
}

complete -F _@program@ @program@
