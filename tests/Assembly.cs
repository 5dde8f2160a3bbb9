// The default generator, the number of threads, the default dtype and the counters of pools and plans belong to the process: tests run one after the other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
