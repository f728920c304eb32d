//! The whole way out, with real git, a real `git http-backend`, and agents that want more than to deliver.

mod forge;
mod hostile;
mod hostile_objects;
mod measuring;
mod pushing;
mod sealing;
mod size;
mod token;
mod working_tree;
mod yard;
