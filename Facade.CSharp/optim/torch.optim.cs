using Torch.Modules;

namespace Torch;

// torch.optim: the optimizers by name, over parameters, named parameters, or groups.
public static partial class torch
{
    public static partial class optim
    {
        public static Modules.SGD SGD([PyTorchName("params")] IEnumerable<Parameter> parameters, [PyTorchName("lr")] double learningRate = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
            new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

        public static Modules.SGD SGD([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, [PyTorchName("lr")] double learningRate = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
            (Modules.SGD)new Modules.SGD(parameters.Select(p => p.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize).Named(parameters.Select(p => p.name));

        public static Modules.SGD SGD([PyTorchName("params")] IEnumerable<ParamGroup<SGD.Options>> parameters, [PyTorchName("lr")] double learningRate = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
            new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

        public static Modules.Adam Adam([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay);

        public static Modules.Adam Adam([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false) =>
            (Modules.Adam)new Modules.Adam(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay).Named(parameters.Select(p => p.name));

        public static Modules.Adam Adam([PyTorchName("params")] IEnumerable<ParamGroup<Adam.Options>> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay);

        public static Modules.AdamW AdamW([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0.01, bool amsgrad = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

        public static Modules.AdamW AdamW([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0.01, bool amsgrad = false, bool maximize = false) =>
            (Modules.AdamW)new Modules.AdamW(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize).Named(parameters.Select(p => p.name));

        public static Modules.AdamW AdamW([PyTorchName("params")] IEnumerable<ParamGroup<AdamW.Options>> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0.01, bool amsgrad = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

        public static Modules.Adagrad Adagrad([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false) =>
            new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize);

        public static Modules.Adagrad Adagrad([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false) =>
            (Modules.Adagrad)new Modules.Adagrad(parameters.Select(p => p.parameter), lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize).Named(parameters.Select(p => p.name));

        public static Modules.Adagrad Adagrad([PyTorchName("params")] IEnumerable<ParamGroup<Adagrad.Options>> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false) =>
            new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize);

        [PyTorchName("RMSprop")]
        public static Modules.RMSProp RMSProp([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
            new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

        [PyTorchName("RMSprop")]
        public static Modules.RMSProp RMSProp([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
            (Modules.RMSProp)new Modules.RMSProp(parameters.Select(p => p.parameter), lr, alpha, eps, weight_decay, momentum, centered, maximize).Named(parameters.Select(p => p.name));

        [PyTorchName("RMSprop")]
        public static Modules.RMSProp RMSProp([PyTorchName("params")] IEnumerable<ParamGroup<RMSProp.Options>> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
            new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

        public static Modules.Adadelta Adadelta([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, rho, eps, weight_decay, maximize);

        public static Modules.Adadelta Adadelta([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
            (Modules.Adadelta)new Modules.Adadelta(parameters.Select(p => p.parameter), lr, rho, eps, weight_decay, maximize).Named(parameters.Select(p => p.name));

        public static Modules.Adadelta Adadelta([PyTorchName("params")] IEnumerable<ParamGroup<Adadelta.Options>> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, rho, eps, weight_decay, maximize);

        public static Modules.Adamax Adamax([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, maximize);

        public static Modules.Adamax Adamax([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool maximize = false) =>
            (Modules.Adamax)new Modules.Adamax(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, maximize).Named(parameters.Select(p => p.name));

        public static Modules.Adamax Adamax([PyTorchName("params")] IEnumerable<ParamGroup<Adamax.Options>> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, maximize);

        public static Modules.NAdam NAdam([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3, bool decoupled_weight_decay = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize);

        public static Modules.NAdam NAdam([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3, bool decoupled_weight_decay = false, bool maximize = false) =>
            (Modules.NAdam)new Modules.NAdam(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize).Named(parameters.Select(p => p.name));

        public static Modules.NAdam NAdam([PyTorchName("params")] IEnumerable<ParamGroup<NAdam.Options>> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, double momentum_decay = 4e-3, bool decoupled_weight_decay = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize);

        public static Modules.RAdam RAdam([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool decoupled_weight_decay = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize);

        public static Modules.RAdam RAdam([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool decoupled_weight_decay = false, bool maximize = false) =>
            (Modules.RAdam)new Modules.RAdam(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize).Named(parameters.Select(p => p.name));

        public static Modules.RAdam RAdam([PyTorchName("params")] IEnumerable<ParamGroup<RAdam.Options>> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool decoupled_weight_decay = false, bool maximize = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize);

        public static Modules.ASGD ASGD([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, lambd, alpha, t0, weight_decay, maximize);

        public static Modules.ASGD ASGD([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false) =>
            (Modules.ASGD)new Modules.ASGD(parameters.Select(p => p.parameter), lr, lambd, alpha, t0, weight_decay, maximize).Named(parameters.Select(p => p.name));

        public static Modules.ASGD ASGD([PyTorchName("params")] IEnumerable<ParamGroup<ASGD.Options>> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false) =>
            new(parameters, lr, lambd, alpha, t0, weight_decay, maximize);

        public static Modules.Rprop Rprop([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false) =>
            new(parameters, lr, etaminus, etaplus, min_step, max_step, maximize);

        public static Modules.Rprop Rprop([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false) =>
            (Modules.Rprop)new Modules.Rprop(parameters.Select(p => p.parameter), lr, etaminus, etaplus, min_step, max_step, maximize).Named(parameters.Select(p => p.name));

        public static Modules.Rprop Rprop([PyTorchName("params")] IEnumerable<ParamGroup<Rprop.Options>> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false) =>
            new(parameters, lr, etaminus, etaplus, min_step, max_step, maximize);

        public static Modules.LBFGS LBFGS([PyTorchName("params")] IEnumerable<Parameter> parameters, double lr = 1, long max_iter = 20, long? max_eval = null,
            [PyTorchName("tolerance_grad")] double tolerange_grad = 1e-7, double tolerance_change = 1e-9, long history_size = 100, string? line_search_fn = null) =>
            new(parameters, lr, max_iter, max_eval, tolerange_grad, tolerance_change, history_size, line_search_fn);

        public static Modules.LBFGS LBFGS([PyTorchName("params")] IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1, long max_iter = 20, long? max_eval = null,
            [PyTorchName("tolerance_grad")] double tolerange_grad = 1e-7, double tolerance_change = 1e-9, long history_size = 100, string? line_search_fn = null) =>
            new(parameters.Select(p => p.parameter), lr, max_iter, max_eval, tolerange_grad, tolerance_change, history_size, line_search_fn);
    }
}
