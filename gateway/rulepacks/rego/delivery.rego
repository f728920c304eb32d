# What a change must not have, what a person decides, and what reviewers are told. The answer to everything is `answer`.
# A project's own rules are asked before, apart from these: what they found is in `input.project`, and only adds.
package delivery

import data.delivery.lib

answer := {
	"deny": deny,
	"ask": ask,
	"warn": warn,
	"tier": tier,
	"because": because,
	"approvals": approvals,
	"owner_approves": tier == "high",
	"may_merge_itself": may_merge_itself,
	"reviewers": reviewers,
}

deny contains finding if some finding in input.project.deny

ask contains finding if some finding in input.project.ask

warn contains finding if some finding in input.project.warn

# ---- Nothing that can't be read is judged.

kind := data.kinds[input.run.kind]

kind_name := replace(input.run.kind, "_", " ")

default is_readable := false

is_readable if {
	input.schema == 1
	input.stage in {"plan", "push", "ready", "merge"}
	every word in [input.run.id, input.run.kind, input.repo.name, input.repo.base] {
		is_string(word)
		word != ""
	}
	is_array(input.run.permits)
	is_array(input.run.planned_paths)
	is_object(input.checks)
	is_object(input.owners)
	is_object(input.budget)
}

default has_change := false

has_change if {
	every word in [input.change.tree, input.change.merge_base] {
		is_string(word)
		word != ""
	}
	every list in [input.change.secrets, input.change.dependencies, input.change.steering, input.change.unmeasured] {
		is_array(list)
	}
	count(input.change.files) > 0
	every file in input.change.files {
		is_string(file.path)
		is_number(file.added)
		is_number(file.deleted)
		is_boolean(file.generated)
		is_boolean(file.test)
	}
}

deny contains lib.finding("input.unreadable", "These facts are incomplete or of an unknown form, so the change can't be judged.", []) if {
	not is_readable
}

deny contains lib.finding("change.missing", "A measured change is missing, so there is nothing to judge.", []) if {
	object.get(input, "stage", "") != "plan"
	not has_change
}

deny contains lib.finding("kind.unknown", says, []) if {
	not kind
	says := sprintf("“%v” isn't a known kind of task.", [object.get(input, ["run", "kind"], "")])
}

deny contains lib.finding("unmeasured", sentence, []) if some sentence in input.change.unmeasured

deny contains lib.finding("path.odd", says, paths) if {
	some reason in {why | some path in lib.touched; why := input.odd[path]}
	paths := {path | some path in lib.touched; input.odd[path] == reason}
	says := sprintf("These paths can't be judged: %s.", [reason])
}

# ---- What never leaves.

deny contains lib.finding("path.forbidden", group.says, paths) if {
	some group in data.forbidden
	paths := lib.touching(group.paths)
	count(paths) > 0
}

deny contains lib.finding("secret.file", says, paths) if {
	secrets := lib.fitting(present | lib.planned, data.secret_files.paths)
	paths := secrets - lib.fitting(secrets, data.secret_files.except)
	count(paths) > 0
	says := lib.tense("Files of this name hold secrets, and those don't belong in a repository.", "The plan names files that hold secrets, and those don't belong in a repository.")
}

# To take a secret away is welcome.
present contains file.path if {
	some file in input.change.files
	file.status != "deleted"
}

deny contains lib.finding("secret.found", says, paths) if {
	some rule in {secret.rule | some secret in input.change.secrets; not in_commit(secret)}
	paths := {place(secret) | some secret in input.change.secrets; secret.rule == rule; not in_commit(secret)}
	says := sprintf("What looks like a secret was found (%s). Take it out, and replace it if it was real.", [rule])
}

deny contains lib.finding("secret.found", says, paths) if {
	some [rule, commit] in {[secret.rule, secret.commit] | some secret in input.change.secrets; in_commit(secret)}
	paths := {place(secret) | some secret in input.change.secrets; secret.rule == rule; secret.commit == commit}
	says := sprintf("What looks like a secret was found in commit %d (%s). Take it out of that commit, and replace it if it was real.", [commit, rule])
}

in_commit(secret) if is_number(secret.commit)

place(secret) := sprintf("%s:%d", [secret.path, secret.line])

deny contains lib.finding("dependency.not_permitted", says, paths) if {
	count(input.change.dependencies) > 0
	not lib.permits("dependencies")
	paths := {one.manifest | some one in input.change.dependencies}
	says := sprintf("Dependencies changed, and this task doesn't permit that (%s).", [dependency_names])
}

dependency_names := concat(", ", dependency_list) if count(dependency_list) <= 3

dependency_names := sprintf("%s and %d more", [concat(", ", array.slice(dependency_list, 0, 3)), count(dependency_list) - 3]) if {
	count(dependency_list) > 3
}

dependency_list := sort({one.name | some one in input.change.dependencies})

special_says := {
	"link": "Symbolic links can't be delivered: they can lead anywhere.",
	"submodule": "Submodules can't be delivered: what is in them wasn't measured.",
	"lfs_pointer": "Pointers to large files (LFS) can't be delivered: what they stand for wasn't measured.",
}

deny contains lib.finding(sprintf("special.%s", [special]), says, paths) if {
	some special, says in special_says
	paths := {file.path | some file in input.change.files; file.special == special}
	count(paths) > 0
}

# A form that isn't known here.
deny contains lib.finding("special.unknown", "These are not ordinary files.", paths) if {
	paths := {file.path | some file in input.change.files; is_string(file.special); not special_says[file.special]}
	count(paths) > 0
}

deny contains lib.finding("message.steers_ci", says, []) if {
	some message in input.change.steering
	says := sprintf("The message of commit %d tells CI what to do (%s).", [message.commit, message.says])
}

# ---- What a person decides.

ask contains lib.finding("size.files", says, []) if {
	count(lib.counted) > kind.files
	says := sprintf("%d files changed. A task of the kind “%s” has at most %d.", [count(lib.counted), kind_name, kind.files])
}

ask contains lib.finding("size.files", says, []) if {
	count(lib.planned) > kind.files
	says := sprintf("The plan names %d paths. A task of the kind “%s” has at most %d.", [count(lib.planned), kind_name, kind.files])
}

ask contains lib.finding("size.lines", says, []) if {
	lines := lib.lines(lib.counted)
	lines > kind.lines
	says := sprintf("%d lines changed. A task of the kind “%s” has at most %d.", [lines, kind_name, kind.lines])
}

ci_paths := lib.touching(data.ci.paths)

ask contains lib.finding("ci.changed", says, ci_paths) if {
	count(ci_paths) > 0
	says := lib.tense("CI definitions changed. They run with the repository's secrets.", "The plan changes CI definitions. They run with the repository's secrets.")
}

test_files := [file | some file in input.change.files; file.test]

tests_added := sum([file.added | some file in test_files])

tests_deleted := sum([file.deleted | some file in test_files])

ask contains lib.finding("tests.weakened", says, paths) if {
	tests_deleted > tests_added
	paths := {file.path | some file in test_files; file.deleted > 0}
	says := sprintf("More lines of tests were removed (%d) than added (%d).", [tests_deleted, tests_added])
}

ask contains lib.finding("tests.weakened", "Tests were deleted.", paths) if {
	paths := {file.path | some file in test_files; file.status == "deleted"}
	count(paths) > 0
}

ask contains lib.finding("tests.weakened", "Tests were moved to where they no longer count as tests.", paths) if {
	tests := lib.touching(data.tests.paths)
	paths := {file.path |
		some file in input.change.files
		not file.test
		file.status == "moved"
		file.old_path in tests
	}
	count(paths) > 0
}

ask contains lib.finding("tests.weakened", says, []) if {
	before := input.previous.test_lines
	now := tests_added - tests_deleted
	now < before
	says := sprintf("There are fewer lines of tests than at the last push (%d instead of %d).", [now, before])
}

budget_names := {"tokens": "tokens", "cost_cents": "cost", "seconds": "time", "fixes": "fixes"}

# Without what was used: that grows, and who allowed it would be asked again.
ask contains lib.finding("budget", says, []) if {
	some name, spent in input.budget
	spent.max > 0
	spent.used >= spent.max
	says := sprintf("The budget for %s is used up.", [object.get(budget_names, name, name)])
}

# ---- What reviewers are told.

warn contains lib.finding("mode.changed", "The executable bit changed.", paths) if {
	paths := {file.path | some file in input.change.files; file.mode_changed}
	count(paths) > 0
}

warn contains lib.finding("binary", "Binary files can't be reviewed line by line.", binaries) if count(binaries) > 0

binaries := {file.path | some file in input.change.files; file.binary; file.status != "deleted"}

warn contains lib.finding("checks.configured", "Test or lint configuration changed.", paths) if {
	paths := lib.touching(data.checks.paths)
	count(paths) > 0
}

warn contains lib.finding("checks.not_passed", says, []) if {
	names := {name | some name, result in input.checks; result != "passed"}
	count(names) > 0
	says := sprintf("These checks didn't pass: %s.", [concat(", ", sort(names))])
}

warn contains lib.finding("tests.none", "Code changed, and no test did.", []) if {
	count(code) > 0
	count(test_files) == 0
}

warn contains lib.finding("owners.none", "No code owner is named for these files.", paths) if {
	paths := {file.path | some file in input.change.files; count(object.get(input.owners, file.path, [])) == 0}
	count(paths) > 0
}

# ---- How risky it is. Each sentence says why.

docs := lib.touching(data.docs.paths)

code := [file |
	some file in lib.counted
	not file.test
	not file.path in docs
]

area_paths[name] := paths if {
	some name, area in data.areas
	paths := lib.touching(area.paths)
	count(paths) > 0
}

high contains sentence if some sentence in input.project.high

high contains lib.naming(data.areas[name].says, paths) if {
	some name, paths in area_paths
	data.areas[name].tier == "high"
}

high contains lib.naming("It changes CI definitions", ci_paths) if count(ci_paths) > 0

high contains lib.naming("It changes migrations that may already have run", paths) if {
	migrations := lib.touching(data.areas.migrations.paths)
	paths := {file.path |
		some file in input.change.files
		file.old_path in migrations
	} | {file.path |
		some file in input.change.files
		file.status in {"modified", "deleted"}
		file.path in migrations
	}
	count(paths) > 0
}

high contains kind_sentence if kind.at_least == "high"

medium contains kind_sentence if kind.at_least == "medium"

kind_sentence := sprintf("The kind of task is “%s”.", [kind_name])

medium contains sentence if some sentence in input.project.medium

medium contains lib.naming(data.areas[name].says, paths) if {
	some name, paths in area_paths
	data.areas[name].tier == "medium"
}

medium contains sprintf("It changes dependencies: %s.", [dependency_names]) if {
	count(input.change.dependencies) > 0
	not only_permitted_updates
}

# Another version of what is there already.
only_permitted_updates if {
	input.run.kind == "dependency_update"
	lib.permits("dependencies")
	every one in input.change.dependencies {
		is_string(one.from)
		is_string(one.to)
	}
}

medium contains sprintf("It changes %d lines of code, more than %d.", [lines, data.low_code_lines]) if {
	lines := lib.lines(code)
	lines > data.low_code_lines
}

medium contains lib.naming("It deletes files", paths) if {
	paths := {file.path | some file in input.change.files; file.status == "deleted"}
	count(paths) > 0
}

medium contains lib.naming("It adds or changes binary files", binaries) if count(binaries) > 0

tier := "high" if {
	count(high) > 0
} else := "medium" if {
	count(medium) > 0
} else := "low"

because := array.concat(sort(high), sort(medium)) if tier != "low"

because := ["Nothing on the lists for medium and high risk was touched."] if tier == "low"

# ---- What has to hold before it is merged.

tier_approvals := {"low": 0, "medium": 1, "high": 2}

approvals := max({tier_approvals[tier]} | {number | some number in object.get(input, ["project", "approvals"], [])})

default may_merge_itself := false

may_merge_itself if {
	tier == "low"
	count(deny) == 0
	count(ask) == 0
}

accounts contains account if {
	some file in input.change.files
	some account in input.owners[file.path]
	regex.match(`^@[A-Za-z0-9][A-Za-z0-9._/-]{0,150}$`, account)
}

# A project's own come first.
reviewers := array.slice(array.concat(own_reviewers, sort(accounts - {account | some account in own_reviewers})), 0, data.most_reviewers)

own_reviewers := sort({account | some account in object.get(input, ["project", "reviewers"], [])})
