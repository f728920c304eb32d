# What is asked of a project's own rules. They add to these; nothing of the built-in rules is among them. Nothing here has a
# name that a project could want for something else.
package delivery

deny contains null if false

ask contains null if false

warn contains null if false

# Sentences that say why the risk is high, or medium.
high contains null if false

medium contains null if false

# Accounts at the forge, with `@`.
reviewers contains null if false

# The largest of these and of the tier's own number counts.
approvals contains null if false

answer := {
	"deny": deny,
	"ask": ask,
	"warn": warn,
	"high": high,
	"medium": medium,
	"reviewers": reviewers,
	"approvals": approvals,
}
