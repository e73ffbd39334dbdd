/* Run-time configuration of the UI: a deployment replaces this file. apiUrl absent means the same origin. */
window.tidegateEnvironment = {};
