"""The figures beside their limits, measured in the same run (PERFORMANCE §3). A benchmark reports, it never fails."""
