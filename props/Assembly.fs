/// Plans, pools and threads belong to the process: properties run one after the other.
module Torch.Props.Assembly

[<assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)>]
do ()
