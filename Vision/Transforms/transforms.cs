// torchvision.transforms: functions of images as objects, to be composed. The functions themselves are in transforms.functional.
using static Torch.torch;

namespace Torch;

public static partial class torchvision
{
    /// <summary>Transforms of images.</summary>
    public static partial class transforms
    {
        /// <summary>One after the other.</summary>
        public static ITransform Compose(params ITransform[] transforms) =>
            new Transform(image =>
            {
                foreach (var transform in transforms) image = transform.call(image);
                return image;
            });

        /// <summary>What ToTensor makes of a picture: float32 in [0, 1]. Our images are tensors already, so only their numbers change.</summary>
        public static ITransform ToTensor() => ConvertImageDtype(ScalarType.Float32);

        /// <inheritdoc cref="functional.convert_image_dtype"/>
        public static ITransform ConvertImageDtype(ScalarType dtype) => new Transform(image => functional.convert_image_dtype(image, dtype));

        /// <inheritdoc cref="functional.convert_image_dtype"/>
        public static ITransform ConvertImageDType(ScalarType dtype) => ConvertImageDtype(dtype);

        /// <inheritdoc cref="functional.normalize"/>
        public static ITransform Normalize(double[] means, double[] stdevs, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
            new Transform(image => functional.normalize(image, means, stdevs, dtype));

        /// <summary>Any function.</summary>
        public static ITransform Lambda(Func<Tensor, Tensor> lambda) => new Transform(lambda);

        /// <inheritdoc cref="functional.crop(Tensor, int, int, int, int)"/>
        public static ITransform Crop(int top, int left, int height, int width) => new Transform(image => functional.crop(image, top, left, height, width));

        /// <inheritdoc cref="functional.center_crop(Tensor, int, int)"/>
        public static ITransform CenterCrop(int height, int width) => new Transform(image => functional.center_crop(image, height, width));

        /// <inheritdoc cref="functional.center_crop(Tensor, int, int)"/>
        public static ITransform CenterCrop(int size) => CenterCrop(size, size);

        /// <inheritdoc cref="functional.pad(Tensor, long[], double, PaddingModes)"/>
        public static ITransform Pad(long[] padding, PaddingModes mode = PaddingModes.Constant, double fill = 0) =>
            new Transform(image => functional.pad(image, padding, fill, mode));

        /// <inheritdoc cref="functional.hflip"/>
        public static ITransform HorizontalFlip() => new Transform(functional.hflip);

        /// <inheritdoc cref="functional.vflip"/>
        public static ITransform VerticalFlip() => new Transform(functional.vflip);

        /// <inheritdoc cref="functional.invert"/>
        public static ITransform Invert() => new Transform(functional.invert);

        /// <inheritdoc cref="functional.rgb_to_grayscale"/>
        public static ITransform Grayscale(int outputChannels = 1) => new Transform(image => functional.rgb_to_grayscale(image, outputChannels));

        /// <summary>Mirrors left and right with probability p. A word of the default generator is drawn at each call.</summary>
        public static ITransform RandomHorizontalFlip(double p = 0.5) => Randomize(HorizontalFlip(), p);

        /// <summary>Mirrors top and bottom with probability p. A word of the default generator is drawn at each call.</summary>
        public static ITransform RandomVerticalFlip(double p = 0.5) => Randomize(VerticalFlip(), p);

        /// <summary>The negative with probability p. A word of the default generator is drawn at each call.</summary>
        public static ITransform RandomInvert(double p = 0.5) => Randomize(Invert(), p);

        /// <summary>All of them or none, with probability p.</summary>
        public static ITransform RandomApply(ITransform[] transforms, double p = 0.5) => Randomize(Compose(transforms), p);

        /// <summary>The transform with probability p, else the image as it is.</summary>
        public static ITransform Randomize(ITransform transform, double p = 0.1)
        {
            if (p is not (>= 0 and <= 1)) throw new ArgumentException($"p should be a floating point value in the interval [0.0, 1.0], got {p}");
            return new Transform(image => rand(1).item<float>() < p ? transform.call(image) : image);
        }
    }
}
