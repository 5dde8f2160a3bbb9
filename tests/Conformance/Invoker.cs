// Calls of methods with parameters of any kind, spans included, which reflection cannot pass: a small method in IL for each, which takes the arguments from an array of
// objects. Arguments for spans are arrays, results that are spans come back as arrays. Exceptions come through as they are.

using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Torch.Conformance;

internal static class Invoker
{
    private static readonly ConcurrentDictionary<MethodBase, Func<object?[], object?>> s_calls = new();

    /// <summary>Calls a method; the receiver of an instance method comes first.</summary>
    internal static object? Call(MethodBase method, object?[] arguments) => s_calls.GetOrAdd(method, Compile)(arguments);

    internal static bool IsSpan(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>) || type.GetGenericTypeDefinition() == typeof(Span<>));

    private static Func<object?[], object?> Compile(MethodBase method)
    {
        var owner = method.DeclaringType!;
        var dynamic = new DynamicMethod(method.Name, typeof(object), [typeof(object[])], typeof(Invoker).Module, skipVisibility: true);
        var il = dynamic.GetILGenerator();
        var next = 0;
        if (method is { IsStatic: false, IsConstructor: false })
        {
            Load(next++);
            if (owner.IsValueType) il.Emit(OpCodes.Unbox, owner);
            else il.Emit(OpCodes.Castclass, owner);
        }
        foreach (var p in method.GetParameters())
        {
            var type = p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType;
            Load(next++);
            if (IsSpan(type))
            {
                var array = type.GetGenericArguments()[0].MakeArrayType();
                il.Emit(OpCodes.Castclass, array);
                il.Emit(OpCodes.Call, type.GetMethod("op_Implicit", [array])!);
            }
            else il.Emit(OpCodes.Unbox_Any, type);
            if (!p.ParameterType.IsByRef) continue;
            var local = il.DeclareLocal(type);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
        }
        Type result;
        if (method is ConstructorInfo constructor)
        {
            il.Emit(OpCodes.Newobj, constructor);
            result = owner;
        }
        else
        {
            var call = (MethodInfo)method;
            il.Emit(call.IsVirtual && !owner.IsValueType ? OpCodes.Callvirt : OpCodes.Call, call);
            result = call.ReturnType;
        }
        if (result == typeof(void)) il.Emit(OpCodes.Ldnull);
        else if (IsSpan(result))
        {
            var local = il.DeclareLocal(result);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Call, result.GetMethod("ToArray")!);
        }
        else if (result.IsValueType) il.Emit(OpCodes.Box, result);
        il.Emit(OpCodes.Ret);
        return dynamic.CreateDelegate<Func<object?[], object?>>();

        void Load(int i)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelem_Ref);
        }
    }
}
