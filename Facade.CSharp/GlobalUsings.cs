// Names that every file of the facade uses.
global using Torch.Core;
global using Torch.Core.Ops;
global using Build = Torch.Core.ExprModule;
global using GradNode = Torch.torch.autograd.graph.Node;
global using Tensor = Torch.torch.Tensor;
global using Action = System.Action;
global using Identity = Torch.Core.Identity;
