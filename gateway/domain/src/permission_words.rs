//! OpenCode's permissions in words. What is not here is a tool that somebody added: it is called by its name.

/// A permission in words.
pub(crate) struct PermissionWords {
    pub(crate) name: &'static str,
    /// Stands before what it is about: `Run` npm test.
    pub(crate) verb: &'static str,
    /// What the agent wants to do: `run a command`.
    pub(crate) wish: &'static str,
    /// What a pattern that covers everything allows: `run any command`.
    pub(crate) anything: &'static str,
}

const ALL: [PermissionWords; 13] = [
    words("bash", "Run", "run a command", "run any command"),
    words("edit", "Change", "change a file", "change any file"),
    words("write", "Write", "write a file", "write any file"),
    words("read", "Read", "read a file", "read any file"),
    words("apply_patch", "Change", "change files", "change any files"),
    words("list", "List", "list files", "list any files"),
    words("glob", "Look for files in", "look for files", "look for any files"),
    words("grep", "Search in", "search in files", "search in any files"),
    words("webfetch", "Open", "open a web page", "open any web page"),
    words("websearch", "Search the web for", "search the web", "search the web for anything"),
    words(
        "external_directory",
        "Access files outside the session's directory:",
        "access files outside its directory",
        "use any folder",
    ),
    words("task", "Start a sub-agent:", "start a sub-agent", "start any sub-agent"),
    words(
        "doom_loop",
        "Keep going although it is repeating itself:",
        "keep going although it is repeating itself",
        "keep going whenever it repeats itself",
    ),
];

const fn words(
    name: &'static str,
    verb: &'static str,
    wish: &'static str,
    anything: &'static str,
) -> PermissionWords {
    PermissionWords { name, verb, wish, anything }
}

pub(crate) fn known(permission: &str) -> Option<&'static PermissionWords> {
    ALL.iter().find(|words| words.name == permission)
}
