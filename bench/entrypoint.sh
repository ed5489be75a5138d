#!/usr/bin/env bash
# What images do without paramexec: asks with the AWS CLI, ten parameters at a time, and becomes the command.
set -euo pipefail
export AWS_DEFAULT_REGION=$AWS_REGION

if [[ -n ${OBJECT:-} ]]; then
  dotenv=$("$AWS" s3 cp --quiet "$OBJECT" -)
  set -a
  eval "$dotenv"
  set +a
fi

declare -A variable=()
for name in "${!SECRET_@}"; do variable[${!name#ssm://}]=$name; done
names=("${!variable[@]}")
for ((first = 0; first < ${#names[@]}; first += 10)); do
  answer=$("$AWS" ssm get-parameters --with-decryption --names "${names[@]:first:10}" --query 'Parameters[].[Name,Value]' --output text)
  while IFS=$'\t' read -r parameter value; do export "${variable[$parameter]}=$value"; done <<<"$answer"
done

exec "$@"
