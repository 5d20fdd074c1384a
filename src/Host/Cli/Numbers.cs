using System.CommandLine;
using System.Globalization;

namespace Fairway.Cli;

/// <summary>Options that are numbers within bounds; what does not fit is said with the bounds.</summary>
internal static class Numbers
{
    public static Option<int> Whole(string name, string alias, string description, int least, int most, int usual) => new(name, alias)
    {
        Description = $"{description} By default {usual.ToString(CultureInfo.InvariantCulture)}.",
        HelpName = "N",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            result.AddError($"{name} is a whole number from {least} to {most}, not '{result.Tokens[0].Value}'");
            return usual;
        },
    };

    public static Option<double> Any(string name, string[] aliases, string description, double least, double most, double usual) => new(name, aliases)
    {
        Description = $"{description} By default {usual.ToString(CultureInfo.InvariantCulture)}.",
        HelpName = "R",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {least} to {most}, not '{result.Tokens[0].Value}'"));
            return usual;
        },
    };
}
