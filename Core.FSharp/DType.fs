namespace Torch.Core
type Placeholder = unit
