namespace Torch;

// Modules by the number of their inputs. `call` runs the hooks around `forward`.
public static partial class torch
{
    public static partial class nn
    {
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>A module of one input.</summary>
        public abstract class Module<T, TResult> : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T input);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T input) => IsHooked ? Hooked(input) : forward(input);

            private TResult Hooked(T input)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input) is { } changed) input = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) input = backward.Inputs(input);
                var result = forward(input);
                foreach (var hook in PostHooks())
                    if (hook(this, input, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }

        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>A module of two inputs.</summary>
        public abstract class Module<T1, T2, TResult> : HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>, IModule<T1, T2, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2) => IsHooked ? Hooked(input1, input2) : forward(input1, input2);

            private TResult Hooked(T1 input1, T2 input2)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input1, input2) is { } changed) (input1, input2) = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) (input1, input2) = backward.Inputs((input1, input2));
                var result = forward(input1, input2);
                foreach (var hook in PostHooks())
                    if (hook(this, input1, input2, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }

        public interface IModule<T1, T2, T3, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        /// <summary>A module of three inputs.</summary>
        public abstract class Module<T1, T2, T3, TResult> : HookableModule<Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>, Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>, IModule<T1, T2, T3, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3) => IsHooked ? Hooked(input1, input2, input3) : forward(input1, input2, input3);

            private TResult Hooked(T1 input1, T2 input2, T3 input3)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input1, input2, input3) is { } changed) (input1, input2, input3) = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) (input1, input2, input3) = backward.Inputs((input1, input2, input3));
                var result = forward(input1, input2, input3);
                foreach (var hook in PostHooks())
                    if (hook(this, input1, input2, input3, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }

        public interface IModule<T1, T2, T3, T4, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        /// <summary>A module of four inputs.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult> : HookableModule<Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>, Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult>>, IModule<T1, T2, T3, T4, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4) => IsHooked ? Hooked(input1, input2, input3, input4) : forward(input1, input2, input3, input4);

            private TResult Hooked(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input1, input2, input3, input4) is { } changed) (input1, input2, input3, input4) = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) (input1, input2, input3, input4) = backward.Inputs((input1, input2, input3, input4));
                var result = forward(input1, input2, input3, input4);
                foreach (var hook in PostHooks())
                    if (hook(this, input1, input2, input3, input4, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }

        public interface IModule<T1, T2, T3, T4, T5, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);
        }

        /// <summary>A module of five inputs.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, TResult> : HookableModule<Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, (T1, T2, T3, T4, T5)?>, Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, TResult, TResult>>, IModule<T1, T2, T3, T4, T5, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5) => IsHooked ? Hooked(input1, input2, input3, input4, input5) : forward(input1, input2, input3, input4, input5);

            private TResult Hooked(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input1, input2, input3, input4, input5) is { } changed) (input1, input2, input3, input4, input5) = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) (input1, input2, input3, input4, input5) = backward.Inputs((input1, input2, input3, input4, input5));
                var result = forward(input1, input2, input3, input4, input5);
                foreach (var hook in PostHooks())
                    if (hook(this, input1, input2, input3, input4, input5, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }

        public interface IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);
        }

        /// <summary>A module of six inputs.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, T6, TResult> : HookableModule<Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, (T1, T2, T3, T4, T5, T6)?>, Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, TResult, TResult>>, IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            protected Module(string? name = null) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);

            /// <summary>Runs the module: its hooks and, between them, <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6) => IsHooked ? Hooked(input1, input2, input3, input4, input5, input6) : forward(input1, input2, input3, input4, input5, input6);

            private TResult Hooked(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6)
            {
                foreach (var hook in PreHooks())
                    if (hook(this, input1, input2, input3, input4, input5, input6) is { } changed) (input1, input2, input3, input4, input5, input6) = changed;
                var backward = StartBackwardHooks();
                if (backward is not null) (input1, input2, input3, input4, input5, input6) = backward.Inputs((input1, input2, input3, input4, input5, input6));
                var result = forward(input1, input2, input3, input4, input5, input6);
                foreach (var hook in PostHooks())
                    if (hook(this, input1, input2, input3, input4, input5, input6, result) is { } changed) result = changed;
                return backward is not null ? backward.Outputs(result) : result;
            }
        }
    }
}
