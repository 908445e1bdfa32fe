#pragma once

/// For constants that nobody changes once they are there.
#if defined(__has_attribute) && __has_attribute(swift_attr)
#define APUS_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define APUS_SENDABLE
#endif
