using Torch.Kernels;

namespace Torch;

/// <summary>Between samplers, which fill memory, and expressions.</summary>
internal static class Draw
{
    /// <summary>A value of this layout that a sampler has filled, under the generator's lock. Meta tensors are not drawn.</summary>
    internal static Expr Fill(DType dtype, long[] sizes, long[] strides, bool meta, torch.Generator? generator, Action<Mt19937, Block> sample)
    {
        if (meta) return Build.meta(sizes, strides, dtype);
        long extent = Shape.count(sizes) == 0 ? 0 : 1;
        for (var d = 0; d < sizes.Length && extent > 0; d++) extent += (sizes[d] - 1) * strides[d];
        var buffer = new NativeBuffer(extent * dtype.Size);
        var block = new Block(buffer.Address, dtype.Element, sizes, strides);
        (generator ?? torch.Generator.Default).Draw(engine => sample(engine, block));
        return Build.data(new Memory(buffer, 0, strides), sizes, strides, dtype);
    }

    /// <summary>A new tensor, contiguous.</summary>
    internal static Tensor Make(DType dtype, long[] sizes, torch.Device? device, bool requires_grad, torch.Generator? generator, Action<Mt19937, Block> sample)
    {
        foreach (var s in sizes)
            if (s < 0) throw new TorchException($"Trying to create tensor with negative dimension {s}: {Shape.show(sizes)}");
        var value = Fill(dtype, sizes, Shape.contiguous(sizes), torch.Device.IsMeta(device), generator, sample);
        var tensor = new Tensor(value);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }

    /// <summary>A tensor like another one, laid out as it where that fills memory.</summary>
    internal static Expr Like(Tensor input, DType dtype, torch.Generator? generator, Action<Mt19937, Block> sample, bool? meta = null)
    {
        var strides = Shape.isDense(input.Sizes, input.Strides) ? input.Strides : Shape.contiguous(input.Sizes);
        return Fill(dtype, input.Sizes, strides, meta ?? input.is_meta, generator, sample);
    }

    /// <summary>Replaces the values of a tensor. What forbids it is found before anything is drawn.</summary>
    internal static Tensor InPlace(Tensor self, string name, torch.Generator? generator, Action<Mt19937, Block> sample)
    {
        Autograd.CheckInPlace(self, self.DType.IsDifferentiable && Autograd.Wanted([self]));
        Overlap.CheckInternal(self);
        return Autograd.InPlace(self, name, Fill(self.DType, self.Sizes, self.Strides, self.is_meta, generator, sample));
    }

    /// <summary>The memory of an argument, computed. Keep the expression alive while the block is used.</summary>
    internal static Block Read(Expr value) => Host.block(value);

    /// <summary>Raises a check's objection.</summary>
    internal static void Require(string? objection)
    {
        if (objection is not null) throw new TorchException(objection);
    }
}
