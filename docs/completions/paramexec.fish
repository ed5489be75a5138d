# Completes the options of paramexec, then the command and what belongs to it.
function __paramexec_words_of_command
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    argparse -s 'manifest=+' 'container=+' 'from=+' 'existing=+' 'resolve-arns' 'literal=+' 'allow-missing' 'default-command=+' 'unset=+' 'pristine' 'drop-aws-credentials' 'verbose' 'timeout=+' 'mock=?' 'account=+' 'partition=+' 'plan' 'check' 'iam-policy' 'mock-template' 'format=+' 'install=+' 'h/help' 'V/version' -- $words 2>/dev/null
    or return 1
    test -n "$argv[1]"
    and not string match -q -- '-*' $argv[1]
    and string join0 -- $argv
end

function __paramexec_in_options
    not __paramexec_words_of_command >/dev/null
end

function __paramexec_complete_command
    set -l words (__paramexec_words_of_command | string split0)
    __fish_complete_subcommand --commandline $words
end

complete -c paramexec -x -n 'not __paramexec_in_options' -a '(__paramexec_complete_command)'
complete -c paramexec -x -n __paramexec_in_options -a '(__fish_complete_command)'
complete -c paramexec -n __paramexec_in_options -l manifest -d 'Read NAME=REFERENCE lines or ECS JSON; repeatable' -r -F
complete -c paramexec -n __paramexec_in_options -l container -d 'Container of the ECS task definition to use' -r -f
complete -c paramexec -n __paramexec_in_options -l from -d 'Take all of a path, JSON secret or dotenv; repeatable' -r -f
complete -c paramexec -n __paramexec_in_options -l existing -d 'If already set: keep (the default), replace or fail' -r -f -a "keep\t'It stays, and nothing is fetched for it'
replace\t'The first source to name it wins over the environment'
fail\t'It is an error'"
complete -c paramexec -n __paramexec_in_options -l literal -d 'Do not read NAME as a reference; repeatable' -r -f
complete -c paramexec -n __paramexec_in_options -l default-command -d 'Command to use if none is given' -r -f -a "(__fish_complete_command)"
complete -c paramexec -n __paramexec_in_options -l unset -d 'Remove NAME from its environment; repeatable' -r -f
complete -c paramexec -n __paramexec_in_options -l timeout -d 'Total time for fetching (default 60s)' -r -f
complete -c paramexec -n __paramexec_in_options -l mock -d 'Use placeholders or a FILE instead of AWS' -r -F
complete -c paramexec -n __paramexec_in_options -l account -d 'AWS account for ARNs in the IAM policy' -r -f
complete -c paramexec -n __paramexec_in_options -l partition -d 'AWS partition for ARNs in the IAM policy' -r -f
complete -c paramexec -n __paramexec_in_options -l format -d 'Write reports and messages as text or json' -r -f -a "text\t'A table for people'
json\t'For machines, in a stable shape'"
complete -c paramexec -n __paramexec_in_options -l install -d 'Copy this binary to PATH and exit' -r -F
complete -c paramexec -n __paramexec_in_options -l resolve-arns -d 'Treat bare ARNs in the environment as references'
complete -c paramexec -n __paramexec_in_options -l allow-missing -d 'Start without values that do not exist, and warn'
complete -c paramexec -n __paramexec_in_options -l pristine -d 'Pass on only fetched and basic variables'
complete -c paramexec -n __paramexec_in_options -l drop-aws-credentials -d 'Do not pass on inherited AWS credentials'
complete -c paramexec -n __paramexec_in_options -l verbose -d 'Report on stderr where variables came from'
complete -c paramexec -n __paramexec_in_options -l plan -d 'Show what would be fetched, and from where'
complete -c paramexec -n __paramexec_in_options -l check -d 'Fetch, show what is there, start nothing'
complete -c paramexec -n __paramexec_in_options -l iam-policy -d 'Print the smallest IAM policy for this'
complete -c paramexec -n __paramexec_in_options -l mock-template -d 'Print a file for --mock'
complete -c paramexec -n __paramexec_in_options -s h -l help -d 'Print help; -h is shorter'
complete -c paramexec -n __paramexec_in_options -s V -l version -d 'Print the version'
