# What is asked of a project's own rules. They add to these; nothing of the built-in rules is among them.
package delivery

deny contains finding if some finding in []

ask contains finding if some finding in []

warn contains finding if some finding in []

# Sentences that say why the risk is high, or medium.
high contains sentence if some sentence in []

medium contains sentence if some sentence in []

# Accounts at the forge, with `@`.
reviewers contains account if some account in []

# The largest of these and of the tier's own number counts.
approvals contains number if some number in []

answer := {
	"deny": deny,
	"ask": ask,
	"warn": warn,
	"high": high,
	"medium": medium,
	"reviewers": reviewers,
	"approvals": approvals,
}
