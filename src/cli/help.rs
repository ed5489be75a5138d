//! What follows the options in `-h` and `--help`: no line is wider than 80 columns.

/// After the options of `-h`.
pub(super) const SHORT: &str = "\
Examples:
  DB_PASSWORD=ssm:///prod/db/password paramexec rails server
  paramexec --from 's3://my-bucket/${APP_ENV}.env' ./server --port 80
  paramexec --manifest shop.manifest --check ./server

Every option has an environment variable: PARAMEXEC_FROM for --from, and so on.
Exit codes: the command's; 64 usage, 65 unusable input, 66 missing,
  69 AWS unavailable, 75 throttled or out of time, 77 denied, 78 no region or
  credentials, 126 command not executable, 127 command not found.
More: --help, and https://github.com/OWNER/paramexec/tree/main/docs";

/// After the options of `--help`.
pub(super) const LONG: &str = "\
Environment:
  Every option has a variable, because an ENTRYPOINT is fixed when the image is
  built: PARAMEXEC_FROM for --from, PARAMEXEC_DEFAULT_COMMAND for
  --default-command. An option wins over its variable. Blanks separate several
  values in a variable, and an empty variable counts as unset. PARAMEXEC_* never
  reaches the command. AWS_REGION, AWS_PROFILE, HTTPS_PROXY and the like work as
  in every AWS SDK.

Examples:
  A parameter, and one key of a JSON secret:
    DB_PASSWORD=ssm:///prod/db/password \\
    API_TOKEN=secretsmanager://prod/api#token paramexec rails server
  Everything in a dotenv file, chosen by a variable of the environment:
    paramexec --from 's3://my-bucket/${APP_ENV}.env' ./server --port 80
  Check that everything exists, and start nothing:
    paramexec --manifest shop.manifest --check ./server
  The same without AWS:
    paramexec --manifest shop.manifest --mock ./server

Exit codes:
  64       usage: a bad option, no command
  65       unusable input: a reference, manifest, dotenv, JSON key or value
  66       something named does not exist
  69       AWS cannot be reached, or answers with another error
  70       internal error: a bug in paramexec
  75       throttled, or out of time: trying again may help
  77       access denied, or credentials that AWS does not accept
  78       configuration: no region, no credentials
  126/127  the command cannot be executed, or is not found
  128 + n  ended by signal n while fetching
  Otherwise, the exit code is that of the command.

Docs: https://github.com/OWNER/paramexec/tree/main/docs";
