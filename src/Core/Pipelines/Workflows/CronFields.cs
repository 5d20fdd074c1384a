using System.Globalization;

namespace Fairway.Pipelines.Workflows;

/// <summary>Checks the five fields of a schedule (POSIX crontab, with steps and names as GitHub has them).</summary>
internal static class CronFields
{
    private static readonly (string Name, int Least, int Most, string[] Words)[] Fields =
    [
        ("minute", 0, 59, []), ("hour", 0, 23, []), ("day", 1, 31, []),
        ("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        ("weekday", 0, 6, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ];

    /// <summary>What is wrong, as it follows the field's name; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length) return $"has {parts.Length} fields";
        for (var i = 0; i < parts.Length; i++)
            if (!parts[i].Split(',').All(item => IsItem(item, Fields[i]))) return $"has a {Fields[i].Name} that is \"{parts[i]}\"";
        return null;
    }

    private static bool IsItem(string item, (string Name, int Least, int Most, string[] Words) field)
    {
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && !(int.TryParse(item.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && step > 0)) return false;
        var range = slash >= 0 ? item[..slash] : item;
        if (range == "*") return true;
        var ends = range.Split('-');
        var numbers = ends.Select(end => Number(end, field)).ToArray();
        return numbers.Length <= 2 && numbers.All(number => number is not null) && (numbers.Length == 1 || numbers[0] <= numbers[1]);
    }

    private static int? Number(string text, (string Name, int Least, int Most, string[] Words) field)
    {
        var word = Array.FindIndex(field.Words, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word >= 0) return field.Least + word;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= field.Least
            && number <= field.Most ? number : null;
    }
}
