#!/usr/bin/env bash
# Write the comment of a pull request, or renew it. What is in $REVIEW comes from the pull request
# and is not trusted: the number has to be that of a pull request with the commit that was checked.
set -euo pipefail
MARK="<!-- metastudy pr-check -->"

number=$(head -c 12 "$REVIEW/number")
if ! [[ $number =~ ^[1-9][0-9]{0,8}$ ]]; then
  echo "the artifact names no pull request" >&2
  exit 1
fi
head=$(gh api "repos/$REPOSITORY/pulls/$number" --jq .head.sha)
if [[ $head != "$HEAD_SHA" ]]; then
  echo "pull request $number is not at the commit that was checked; nothing is written" >&2
  exit 1
fi
text=$(mktemp)
"$PYTHON" -m metastudy.contribute.pr_check.comment "$REVIEW/pr-check.json" >"$text"
own=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$MARK\"))) | .id"
ids=$(gh api --paginate "repos/$REPOSITORY/issues/$number/comments" --jq "$own")
id=${ids%%$'\n'*}
if [[ -n $id ]]; then
  gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$id" -F "body=@$text"
else
  gh api --silent --method POST "repos/$REPOSITORY/issues/$number/comments" -F "body=@$text"
fi
