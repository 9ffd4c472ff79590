# bash completion for @program@

# The verb $1: sets options and places.
_@program@_verb()
{
	case $1 in
@@verb-cases
	*) options='' places='' ;;
	esac
}

# The value of option $2 of verb $1: sets takes (no, yes) and kind (file, queue, the possible words, or nothing).
_@program@_option()
{
	case "$1 $2" in
@@option-cases
	*) takes=no kind='' ;;
	esac
}

# Completes $cur according to kind, with $1 in front of it.
_@program@_value()
{
	local name

	case $kind in
	file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -P "$1" -f -- "$cur")
		;;
	queue)
		compopt -o filenames 2>/dev/null
		while IFS= read -r name; do
			[[ ! -d $name && ! -p $name ]] || COMPREPLY+=("$1$name")
		done < <(compgen -f -- "$cur")
		;;
	none | '') ;;
	*) mapfile -t COMPREPLY < <(compgen -P "$1" -W "$kind" -- "$cur") ;;
	esac
}

# Completes $cur as operand $1, counted from 0.
_@program@_place()
{
	local kind of

	read -ra of <<<"$places"
	kind=${of[$1]-}
	if [[ -z $kind && ${#of[@]} -gt 0 && ${of[-1]} == *'*' ]]; then
		kind=${of[-1]}
	fi
	kind=${kind%'*'}
	_@program@_value ''
}

_@program@()
{
@@strict
	local i=2 word letters takes kind options places verb=${COMP_WORDS[1]} cur=${COMP_WORDS[COMP_CWORD]}
@@mixed
	local i=2 word letters takes kind options places verb=${COMP_WORDS[1]} cur=${COMP_WORDS[COMP_CWORD]} place=0
@@both

	COMPREPLY=()
@@strict
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W '@verbs@ -h --help --version' -- "$cur")
		return
	fi
@@mixed
	if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -W '@verbs@' -- "$cur")
		return
	fi
	case $verb in
	@verbs-or@) ;;
	*) verb=@default-verb@ i=1 ;;
	esac
@@both
	_@program@_verb "$verb"
@@mixed
	((COMP_CWORD > 1)) || options+=' --version'
@@both
	while ((i < COMP_CWORD)); do
		word=${COMP_WORDS[i]} takes=no
		case $word in
		--)
@@strict
			_@program@_place $((COMP_CWORD - i - 1))
@@mixed
			_@program@_place $((place + COMP_CWORD - i - 1))
@@both
			return
			;;
		--*=*) ;;
		--*)
			_@program@_option "$verb" "$word"
			# bash splits at =, which may be the word at the cursor.
			if [[ ${COMP_WORDS[i + 1]} == = ]]; then
				takes=yes
				((++i))
				((i < COMP_CWORD)) || cur=
			fi
			;;
		-?*)
			for ((letters = 1; letters < ${#word}; letters++)); do
				_@program@_option "$verb" "-${word:letters:1}"
				[[ $takes == no ]] || break
			done
			# The rest of the word is the value.
			((letters >= ${#word} - 1)) || takes=no
			;;
@@strict
		*)
			_@program@_place $((COMP_CWORD - i))
			return
			;;
@@mixed
		*) ((++place)) ;;
@@both
		esac
		((++i))
		if [[ $takes == yes ]]; then
			if ((i >= COMP_CWORD)); then
				_@program@_value ''
				return
			fi
			((++i))
		fi
	done
	case $cur in
	--*=*)
		word=${cur%%=*} cur=${cur#*=}
		_@program@_option "$verb" "$word"
		_@program@_value "$word="
		;;
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
@@strict
	*) _@program@_place 0 ;;
@@mixed
	*) _@program@_place $place ;;
@@both
	esac
}

complete -F _@program@ @program@
