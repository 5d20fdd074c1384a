using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Fairway.Console;

/// <summary>A page as a picture for who reviews it, and what is wrong with it for who cannot see it as others do.</summary>
internal static class Look
{
    /// <summary>Opens a page in a window and looks at it.</summary>
    /// <param name="page">Where.</param>
    /// <param name="name">The picture's name.</param>
    /// <param name="path">Of the page.</param>
    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="dark">Whether the system is dark.</param>
    /// <returns>A sentence for each thing that is wrong.</returns>
    public static async Task<IEnumerable<string>> AtAsync(IPage page, string name, string path, int width, bool dark)
    {
        await page.SetViewportSizeAsync(width, width > 1000 ? 900 : 720);
        await page.EmulateMediaAsync(new() { ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light });
        await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        var picture = Path.Combine(Folder(), string.Create(CultureInfo.InvariantCulture, $"{name}-{width}-{(dark ? "dark" : "light")}.png"));
        await page.ScreenshotAsync(new() { Path = picture, FullPage = true });
        var found = await page.EvaluateAsync<JsonElement>(Accessibility.Script);
        return found.EnumerateArray().Select(one => $"{name} at {width}, {(dark ? "dark" : "light")}: {one.GetString()}");
    }

    private static string Folder()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fairway.slnx"))) at = at.Parent;
        return Directory.CreateDirectory(Path.Combine(at!.FullName, "artifacts", "screenshots")).FullName;
    }
}
