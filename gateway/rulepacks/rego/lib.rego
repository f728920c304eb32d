# Helpers for the built-in rules and for a project's own.
package delivery.lib

# Paths before and after the change: what is moved away is touched as well.
changed contains path if {
	some file in input.change.files
	path := file.path
}

changed contains path if {
	some file in input.change.files
	path := file.old_path
	is_string(path)
}

# Paths that the plan names. Each may stand for a folder.
planned contains path if {
	input.stage == "plan"
	some path in input.run.planned_paths
}

touched := changed | planned

# A path as it is compared: small letters, and nothing that only looks different.
folded(path) := object.get(object.get(input, "folded", {}), path, lower(path))

# One glob of many, so that a path is compared once.
one_of(patterns) := lower(sprintf("{%s}", [concat(",", patterns)]))

fits(path, pattern) if glob.match(pattern, ["/"], folded(path))

# Something in the folder that is planned.
fits(path, pattern) if {
	path in planned
	glob.match(pattern, ["/"], concat("/", [folded(path), "-"]))
}

# The touched paths that fit any of the patterns.
touching(patterns) := paths if {
	pattern := one_of(patterns)
	paths := {path | some path in touched; fits(path, pattern)}
}

# Files that count where the size of a change is: nobody reads generated ones line by line.
counted := [file |
	some file in input.change.files
	not file.generated
]

lines(files) := sum([file.added | some file in files]) + sum([file.deleted | some file in files])

permits(what) if what in input.run.permits

finding(rule, says, paths) := {"rule": rule, "says": says, "paths": sort(paths)}

# A sentence with the first of the paths.
naming(says, paths) := sprintf("%s: %s.", [says, concat(", ", sort(paths))]) if count(paths) <= 3

naming(says, paths) := sprintf("%s: %s and %d more.", [says, concat(", ", array.slice(sort(paths), 0, 3)), count(paths) - 3]) if {
	count(paths) > 3
}

# `A plan` and `a change` are told apart in sentences.
tense(now, later) := now if input.stage != "plan"

tense(_, later) := later if input.stage == "plan"

# Asked once, so that everything is compiled before the first change comes.
ready := true
