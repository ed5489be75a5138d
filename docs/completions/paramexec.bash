# Completes the options of paramexec, then the command and what belongs to it.
_paramexec() {
    local current=${COMP_WORDS[COMP_CWORD]} option='' at
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        option=''
        case ${COMP_WORDS[at]} in
            --)
                _paramexec_command $((at + 1))
                return
                ;;
            --manifest | --container | --from | --existing | --literal | --default-command | --unset | --timeout | --account | --partition | --format | --install)
                option=${COMP_WORDS[at]}
                # bash makes a word of "=".
                [[ ${COMP_WORDS[at + 1]} == = ]] && at=$((at + 1))
                at=$((at + 1))
                ;;
            --mock)
                if [[ ${COMP_WORDS[at + 1]} == = ]]; then
                    option=--mock at=$((at + 2))
                fi
                ;;
            -*) ;;
            *)
                _paramexec_command "$at"
                return
                ;;
        esac
    done
    [[ $current == = ]] && current=''
    if ((at == COMP_CWORD)); then
        case $current in
            -*) mapfile -t COMPREPLY < <(compgen -W '-h -V --manifest --container --from --existing --resolve-arns --literal --allow-missing --default-command --unset --pristine --drop-aws-credentials --verbose --timeout --mock --account --partition --plan --check --iam-policy --mock-template --format --install --help --version' -- "$current") ;;
            *) _paramexec_command "$at" ;;
        esac
        return
    fi
    case $option in
        --existing) mapfile -t COMPREPLY < <(compgen -W 'keep replace fail' -- "$current") ;;
        --format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current") ;;
        --default-command) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
        --manifest | --mock | --install)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
    esac
}

# The command begins at the word of that number: its own completion goes on there.
_paramexec_command() {
    local current=${COMP_WORDS[COMP_CWORD]}
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif (($1 < COMP_CWORD)); then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [[ $current == */* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
    fi
}

complete -F _paramexec paramexec
