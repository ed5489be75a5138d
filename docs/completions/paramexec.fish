complete -c paramexec -l manifest -d 'Read variables from FILE: NAME=REFERENCE lines, or an ECS task definition; repeatable' -r -F
complete -c paramexec -l container -d 'Which container of an ECS task definition is meant' -r
complete -c paramexec -l from -d 'Take every variable of URI: ssm:///path/, secretsmanager://json, s3://bucket/key, file:PATH; repeatable' -r
complete -c paramexec -l existing -d 'What happens to variables that the environment already holds' -r -f -a "keep\t'It stays, and nothing is fetched for it'
replace\t'The first source to name it wins over the environment'
fail\t'It is an error'"
complete -c paramexec -l literal -d 'Pass NAME of the environment on as it is, though it looks like a reference; repeatable' -r
complete -c paramexec -l default-command -d 'The command when none is given: words as a shell splits them, or a JSON array' -r
complete -c paramexec -l unset -d 'Take NAME out of the command\'s environment; repeatable' -r
complete -c paramexec -l timeout -d 'How long fetching may take in all, such as 90s, 500ms or 2m' -r
complete -c paramexec -l mock -d 'Without AWS: a placeholder for every reference, or answers from a JSON FILE' -r
complete -c paramexec -l format -d 'How these are printed' -r -f -a "text\t'A table for people'
json\t'For machines, in a stable shape'"
complete -c paramexec -l account -d 'The AWS account for ARNs in the policy' -r
complete -c paramexec -l partition -d 'The AWS partition for ARNs in the policy, such as aws-cn; else that of the region' -r
complete -c paramexec -l install -d 'Copy this binary to PATH and end: for an init container that lends it to another image' -r -F
complete -c paramexec -l resolve-arns -d 'Take bare ARNs in the environment for references too'
complete -c paramexec -l pristine -d 'Hand on only what was fetched, and PATH, HOME, TERM, LANG, TZ, HOSTNAME, USER'
complete -c paramexec -l drop-aws-credentials -d 'Do not hand AWS credentials of the environment on to the command'
complete -c paramexec -l allow-missing -d 'Start without what is missing, and warn'
complete -c paramexec -l verbose -d 'Say on stderr what came from where'
complete -c paramexec -l plan -d 'Show each variable, where it comes from and what would be asked, without asking'
complete -c paramexec -l check -d 'Ask, show whether each is there, and end with the code that the run would have ended with'
complete -c paramexec -l iam-policy -d 'Print the least that an IAM policy has to allow for this'
complete -c paramexec -l mock-template -d 'Print a file for --mock with an empty value for everything that would be asked'
complete -c paramexec -s h -l help -d 'Print help (see more with \'--help\')'
complete -c paramexec -s V -l version -d 'Print version'
