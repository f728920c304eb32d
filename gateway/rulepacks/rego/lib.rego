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

# Those of the paths that fit any of the patterns. `*` is a part of a name, `**` any number of folders; letters are compared
# as file systems do that don't tell large from small. What is planned may stand for a folder.
fitting(paths, patterns) := gateway_fitting(patterns, paths, planned)

# The touched paths that fit any of the patterns.
touching(patterns) := fitting(touched, patterns)

# Files that count where the size of a change is: generated ones aren't read line by line.
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
