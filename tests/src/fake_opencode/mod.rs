//! Three stand-ins for OpenCode with our plugin, at the far end of the bridge's link. All of them speak the real protocol
//! over a real socket; none has a model, tools or files.
//!
//! | | stands for | imitates | does not |
//! |---|---|---|---|
//! | [`wire`] | one connection of the plugin | frames, and what is kept until it is acknowledged | anything that a plugin does by itself: the test says every frame, wrong ones too |
//! | [`obedient`] | a pod that does as it is told | replies, each request answered once, sessions that are made | turns, dying, connecting again: what the agent does is told by the test |
//! | [`living`] | a pod that works and can be killed | turns, asks, what is on disk and what dies, connecting again, reading back after a restart | anything that only OpenCode knows: texts that stream, sub-agents, models, diffs |

pub mod living;
pub mod obedient;
pub mod wire;
